package ai.tradesense.server.api;

import ai.tradesense.events.OrderKey;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonRawValue;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/// The history of one subject: all of it, or one domain's part, which is a stream and has versions.
@RestController
final class StreamsController {
    private static final Pattern DOMAIN = Pattern.compile("[A-Z][A-Za-z0-9]*");

    private final EventStore store;

    StreamsController(EventStore store) {
        this.store = store;
    }

    /// A page of a history.
    ///
    /// @param version how many events the stream has; null without a domain
    /// @param begins the version of its first event that was not removed; null without a domain
    /// @param unreadable what stands among them and cannot be decoded; nothing with a domain, as a stream that is
    ///     known to have such an event is not given at all
    /// @param next the `after` that asks for the next page; null if this one is the last
    record HistoryPage(
            String subject,
            @Nullable String domain,
            @Nullable Long version,
            @Nullable Long begins,
            List<HistoryEntry> events,
            @JsonInclude(JsonInclude.Include.NON_EMPTY) List<UnreadableEntry> unreadable,
            @Nullable Long next) {}

    /// An event of a history, see [EventEntry].
    ///
    /// @param version its place in its stream, from 1; null without a domain
    record HistoryEntry(
            @Nullable Long version,
            long position,
            Instant recordedAt,
            @JsonRawValue String event) {
        static HistoryEntry of(@Nullable Long version, StoredEvent stored) {
            return new HistoryEntry(
                    version, stored.position(), stored.recordedAt(), EventEntry.structured(stored.event()));
        }
    }

    @GetMapping(path = "/api/v1/streams/{subject}", produces = "application/json")
    HistoryPage history(@PathVariable String subject, HttpServletRequest request) {
        QueryParameters query = QueryParameters.of(request, "domain", "order", "after", "limit");
        String domain = query.text("domain");
        if (domain != null && !DOMAIN.matcher(domain).matches()) {
            throw ProblemException.parameter(
                    "domain", "is '" + domain + "', expected the first part of a type, such as Trading");
        }
        Order order =
                "newest".equals(query.oneOf("order", "oldest", "newest")) ? Order.NEWEST_FIRST : Order.OLDEST_FIRST;
        Long after = query.number("after", 0, Long.MAX_VALUE);
        int most = query.limit();
        HistoryPage page = domain == null
                ? ofSubject(subject, order, after, most)
                : ofStream(new OrderKey(domain, subject), order, after, most);
        boolean isUnknown = page.version == null || page.version == 0;
        if (after == null && page.events.isEmpty() && page.unreadable.isEmpty() && isUnknown) {
            throw new ProblemException(
                    ProblemKind.NOT_FOUND,
                    "No event of the subject '" + subject + "'" + (domain == null ? "" : " in the domain " + domain)
                            + " is stored.");
        }
        return page;
    }

    private HistoryPage ofSubject(String subject, Order order, @Nullable Long after, int limit) {
        EventPage found =
                store.search(new EventQuery(null, subject, null, null, null, null, null, after, limit, order));
        return new HistoryPage(
                subject,
                null,
                null,
                null,
                found.events().stream()
                        .map(event -> HistoryEntry.of(null, event))
                        .toList(),
                UnreadableEntry.of(found.unreadable()),
                found.isLast() ? null : (Long) found.upTo());
    }

    /// The version behind `after` in the direction of reading.
    private static long first(boolean oldestFirst, @Nullable Long after) {
        if (after == null) {
            return oldestFirst ? 1 : Long.MAX_VALUE;
        }
        if (oldestFirst ? after == Long.MAX_VALUE : after <= 1) {
            throw ProblemException.parameter("after", "is " + after + "; no version is behind that");
        }
        return oldestFirst ? after + 1 : after - 1;
    }

    private HistoryPage ofStream(OrderKey stream, Order order, @Nullable Long after, int limit) {
        boolean oldestFirst = order == Order.OLDEST_FIRST;
        StreamSlice slice = store.readStream(new StreamQuery(stream, first(oldestFirst, after), order, limit));
        Long last = slice.events().isEmpty()
                ? null
                : (Long) slice.events().getLast().version();
        boolean isEnd = last == null || (oldestFirst ? last == slice.version() : last <= slice.begins());
        return new HistoryPage(
                stream.subject(),
                stream.domain(),
                slice.version(),
                slice.begins(),
                slice.events().stream()
                        .map(each -> HistoryEntry.of(each.version(), each.stored()))
                        .toList(),
                List.of(),
                isEnd ? null : last);
    }
}
