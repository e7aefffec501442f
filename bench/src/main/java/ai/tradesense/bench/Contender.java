package ai.tradesense.bench;

import java.io.IOException;
import java.sql.SQLException;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/// A way to bring events from publishers to a handler; ours is one of them.
interface Contender {
    /// The name it bears in the report.
    String name();

    /// How it is set up, in words, by setting.
    SortedMap<String, String> settings();

    /// Whether it brings events to a handler; if not, it only stores them, and they count as handled when that
    /// is done.
    default boolean delivers() {
        return true;
    }

    /// The subject of which it handles no event, on purpose; null if there is none. Nothing of that subject counts.
    default @Nullable Integer failingSubject() {
        return null;
    }

    /// Gets ready for a round; not timed. Events are brought to `observations` as they are handled.
    Session open(Load load, Observations observations) throws Exception;

    /// One round.
    interface Session extends AutoCloseable {
        /// Publishes the events of a range of indexes in order; returns when they are as durable as they get.
        /// Called by each publisher for its own events.
        void publish(int from, int to) throws Exception;

        /// Makes durable what has been handled, if that means anything. Timed; called once all is handled.
        default void acknowledge() throws Exception {}

        /// Looks whether everything is there as it should be, after [#acknowledge]; not timed.
        ///
        /// @throws BenchmarkException saying what is not
        default void verify() throws Exception {}

        /// Releases everything. Not timed.
        @Override
        void close() throws IOException, SQLException;
    }
}
