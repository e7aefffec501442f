package ai.tradesense.server.api;

import ai.tradesense.server.config.Settings;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.EventStore;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpMethod;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/// Sends events as they are stored, as server-sent events.
@RestController
final class TailController {
    private static final long MAX_RATE = 1_000;

    private final EventStore store;
    private final Tails tails;
    private final Settings settings;
    private final InstantSource clock;

    TailController(EventStore store, Tails tails, Settings settings, InstantSource clock) {
        this.store = store;
        this.tails = tails;
        this.settings = settings;
        this.clock = clock;
    }

    /// Runs on the virtual thread of the call for as long as the caller reads.
    @GetMapping(path = "/api/v1/tail", produces = "text/event-stream")
    void tail(HttpServletRequest request, HttpServletResponse response) throws Exception {
        QueryParameters query = QueryParameters.of(
                request, "type", "subject", "source", "correlationid", "causationid", "from", "to", "after", "rate");
        EventQuery filter = EventFilter.of(query, null, EventQuery.DEFAULT_LIMIT, Order.OLDEST_FIRST);
        Long rate = query.number("rate", 1, MAX_RATE);
        Long lastSeen = lastEventId(request);
        long head = store.head();
        Long after = lastSeen != null ? lastSeen : query.number("after", 0, Long.MAX_VALUE);
        long start = after == null ? head : Math.min(after, head);
        if (HttpMethod.HEAD.matches(request.getMethod())) {
            response.setContentType("text/event-stream"); // nothing is sent, so a reader that went would go unnoticed
            return;
        }
        try (Tails.Tail tail = tails.open()) {
            response.setContentType("text/event-stream");
            response.setCharacterEncoding("UTF-8");
            EventStream stream = new EventStream(response.getOutputStream());
            new TailLoop(store, filter, stream, clock, start, rate == null ? null : rate.intValue())
                    .run(tail, settings.tailHeartbeat());
        }
    }

    private static @Nullable Long lastEventId(HttpServletRequest request) {
        String header = request.getHeader("Last-Event-ID");
        if (header == null || header.isEmpty()) {
            return null;
        }
        try {
            long position = Long.parseLong(header);
            if (position >= 0) {
                return position;
            }
        } catch (NumberFormatException notAPosition) {
            // said below
        }
        throw new ProblemException(
                ProblemKind.BAD_REQUEST,
                "The header Last-Event-ID is '" + header + "'; expected a position, as in the ids of this stream.");
    }
}
