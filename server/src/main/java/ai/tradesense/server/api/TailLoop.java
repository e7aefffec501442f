package ai.tradesense.server.api;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventPage.Entry;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.UnreadableEvent;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Follows the store from a position for one reader. It reads a page when the reader has taken the one before, so
/// that a slow reader falls behind in the store and fills nobody's memory.
///
/// A reader may ask for a rate, as a console does that people look at. When more events match than that, it gets
/// the newest and is told which were left out; what is rarer than the rate comes through whole.
final class TailLoop {
    /// How many events are read at a time.
    private static final int PAGE = 64;
    /// How far behind the newest event a reader with a rate is let fall.
    private static final int WINDOW = 256;
    /// How often a reader with a rate is served.
    private static final int SERVINGS_PER_SECOND = 4;

    private static final Duration BETWEEN_SERVINGS = Duration.ofMillis(1_000 / SERVINGS_PER_SECOND);
    /// So that many commits are one read.
    private static final Duration BREATH = Duration.ofMillis(10);

    private static final long RECONNECT_MILLIS = 2_000;

    private static final JsonMapper JSON = JsonMapper.shared();

    private final EventStore store;
    private final EventQuery filter;
    private final EventStream stream;
    private final InstantSource clock;
    private final boolean rated;
    private final int serving;
    private long position;

    /// @param start the position behind which the first event is
    /// @param rate at most so many events a second; null for all there are
    TailLoop(
            EventStore store,
            EventQuery filter,
            EventStream stream,
            InstantSource clock,
            long start,
            @Nullable Integer rate) {
        this.store = store;
        this.filter = filter;
        this.stream = stream;
        this.clock = clock;
        this.rated = rate != null;
        this.serving = rate == null ? PAGE : Math.max(1, rate / SERVINGS_PER_SECOND);
        this.position = start;
    }

    /// Until the reader goes away or the server stops. Something is sent at least once in `heartbeat`, as that is
    /// how a reader that has gone is noticed.
    ///
    /// @throws IOException when the reader has gone
    void run(Tails.Tail tail, Duration heartbeat) throws IOException, InterruptedException {
        stream.open(position, RECONNECT_MILLIS);
        Instant nextHeartbeat = clock.instant().plus(heartbeat);
        while (tail.mayGoOn()) {
            Served served = serve();
            Instant now = clock.instant();
            if (served != Served.NOTHING) {
                nextHeartbeat = now.plus(heartbeat);
            } else if (!now.isBefore(nextHeartbeat)) {
                stream.heartbeat(position);
                nextHeartbeat = now.plus(heartbeat);
            }
            if (served != Served.MORE_TO_COME) {
                tail.await(Duration.between(now, nextHeartbeat));
                tail.pause(BREATH);
            }
            if (rated) {
                tail.pause(BETWEEN_SERVINGS);
            }
        }
    }

    /// What one serving came to.
    enum Served {
        NOTHING,
        ALL,
        MORE_TO_COME
    }

    /// Sends what there is to send now, one page at most.
    Served serve() throws IOException {
        long head = store.head();
        if (head <= position) {
            return Served.NOTHING;
        }
        int limit = rated ? serving + 1 : serving;
        EventPage found = store.read(position, filter, limit);
        if (found.isLast()) {
            send(found.entries());
            position = found.upTo();
            return found.entries().isEmpty() ? Served.NOTHING : Served.ALL;
        }
        send(rated ? newest(found.entries(), head) : found.entries());
        return Served.MORE_TO_COME;
    }

    /// The newest events that fit into a serving, or the oldest if none has come lately.
    private List<Entry> newest(List<Entry> oldest, long head) throws IOException {
        List<Entry> lately =
                store.read(Math.max(position, head - WINDOW), filter, WINDOW).entries();
        if (lately.isEmpty()) {
            return oldest.subList(0, serving);
        }
        List<Entry> newest = lately.subList(Math.max(0, lately.size() - serving), lately.size());
        stream.skipped(position, newest.getFirst().position());
        return newest;
    }

    private void send(List<Entry> entries) throws IOException {
        for (Entry entry : entries) {
            switch (entry) {
                case StoredEvent stored ->
                    stream.event(
                            stored.position(),
                            CloudEventJson.write(stored.event().envelope()));
                case UnreadableEvent unreadable -> stream.unreadable(unreadable.lastPosition(), describe(unreadable));
            }
            position = entry.lastPosition();
        }
        if (!entries.isEmpty()) {
            stream.flush();
        }
    }

    private static byte[] describe(UnreadableEvent unreadable) {
        return JSON.writeValueAsBytes(UnreadableEntry.of(List.of(unreadable)).getFirst());
    }
}
