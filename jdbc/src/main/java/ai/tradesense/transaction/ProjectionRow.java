package ai.tradesense.transaction;

import org.jspecify.annotations.Nullable;

/// Where a generation of a projection stands.
///
/// @param position up to where all events are in its rows
/// @param reactsAfter up to where events count as history
/// @param eventsPerSecond how fast it is rebuilt
/// @param waitMillis how long until it may be worked on, by the clock of the database
record ProjectionRow(
        Generation generation,
        State state,
        long position,
        long reactsAfter,
        int eventsPerSecond,
        long waitMillis,
        @Nullable String trouble) {
    enum State {
        /// Readers read it.
        LIVE,
        /// It is made beside the live one.
        REBUILDING,
        /// Its tables are to be dropped.
        RETIRED
    }
}
