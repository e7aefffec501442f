package ai.tradesense.store;

import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.runtime.AgentRuntime.Kind;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Follows an event store: what stands behind a position, then what comes, in the order of the positions, each
/// event once and none left out. There is no hand-over from the one to the other: it reads on behind the
/// position that it has come to, whoever appends meanwhile, and is woken when there may be more.
///
/// It keeps its position in memory; who wants to go on there after a restart writes [StoredEvent#position] down
/// with what he makes of the event.
public final class EventFollower implements AutoCloseable {
    /// How many events are read at a time.
    private static final int PAGE = 500;

    /// How long to wait before an event that failed is handed over again.
    static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(EventFollower.class);

    /// Takes events, one at a time, in a thread of the follower's own.
    @FunctionalInterface
    public interface Listener {
        /// Takes an event. If it fails it is given the same one again after a second, and no later one before
        /// that.
        void accept(StoredEvent event) throws Exception;

        /// Takes what cannot be decoded, and may be an event that was asked for. Unless a listener says otherwise the
        /// follower stands still before it, as before an event that fails, and [EventFollower#trouble] says so.
        default void unreadable(UnreadableEvent event) throws Exception {
            throw new UnreadableEventException("the follower", event);
        }
    }

    private final Loop loop;
    private final AgentHandle handle;
    private final AutoCloseable signal;
    private volatile boolean closed;

    private EventFollower(Loop loop, AgentHandle handle, AutoCloseable signal) {
        this.loop = loop;
        this.handle = handle;
        this.signal = signal;
    }

    /// Begins to follow.
    ///
    /// @param name for threads and messages
    /// @param after the position behind which to begin; 0 for the first event
    /// @param filter what is handed over; its position, limit and order are not looked at
    public static EventFollower start(
            String name,
            EventStore store,
            long after,
            EventQuery filter,
            Listener listener,
            AgentRuntime runtime,
            InstantSource clock) {
        Loop loop = new Loop(name, store, after, filter, listener, clock);
        AgentHandle handle = runtime.start(loop, Kind.LOOP);
        AutoCloseable signal = store.onAppend(handle::wake);
        handle.wake(); // for what was appended before the signal was asked for
        return new EventFollower(loop, handle, signal);
    }

    /// Up to where everything that matches was taken.
    public long position() {
        return loop.position;
    }

    /// Why it stands still and tries again each second; null if it does not.
    public @Nullable String trouble() {
        return loop.trouble;
    }

    /// Whether it has been closed.
    public boolean isClosed() {
        return closed;
    }

    /// Lets the event at hand be taken, then ends. Idempotent.
    @Override
    public void close() {
        closed = true;
        try {
            signal.close();
        } catch (Exception failure) {
            LOG.warn("{} could not be left", loop.name(), failure);
        }
        handle.close();
    }

    private static final class Loop implements Agent {
        private final String name;
        private final EventStore store;
        private final EventQuery filter;
        private final Listener listener;
        private final InstantSource clock;
        private volatile long position;
        private volatile @Nullable String trouble;
        private @Nullable Instant restsUntil;

        Loop(String name, EventStore store, long after, EventQuery filter, Listener listener, InstantSource clock) {
            this.name = name;
            this.store = store;
            this.position = after;
            this.filter = filter;
            this.listener = listener;
            this.clock = clock;
        }

        @Override
        public String name() {
            return "follower-" + name;
        }

        @Override
        public @Nullable Instant wakeAt() {
            return restsUntil;
        }

        @Override
        public int doWork() throws InterruptedException {
            Instant rest = restsUntil;
            Instant now = clock.instant();
            if (rest != null && now.isBefore(rest) && !now.isBefore(rest.minus(REST_AFTER_FAILURE))) {
                return 0; // a clock that was set back ends the rest, too
            }
            restsUntil = null;
            try {
                int done = readOn();
                trouble = null;
                return done;
            } catch (InterruptedException interrupted) {
                throw interrupted;
            } catch (Exception failure) {
                restsUntil = clock.instant().plus(REST_AFTER_FAILURE);
                String reason = String.valueOf(failure.getMessage());
                if (!reason.equals(trouble)) {
                    LOG.warn("{} stands behind position {} and tries again each second", name(), position, failure);
                }
                trouble = reason;
                return 0;
            }
        }

        private int readOn() throws Exception {
            if (store.head() <= position) {
                return 0;
            }
            EventPage page = store.read(position, filter, PAGE);
            for (EventPage.Entry entry : page.entries()) {
                switch (entry) {
                    case StoredEvent event -> listener.accept(event);
                    case UnreadableEvent event -> listener.unreadable(event);
                }
                position = entry.lastPosition();
            }
            position = page.upTo();
            return 1;
        }
    }
}
