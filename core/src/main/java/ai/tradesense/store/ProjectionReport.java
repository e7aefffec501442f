package ai.tradesense.store;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What a process says of a read model that it makes of a store's events.
///
/// @param name of the projection
/// @param instance the process, by a name that no other has
/// @param version of the projection, as this process knows it
/// @param position up to where all events are in the rows that are read
/// @param trouble why these stand still; null if they do not
/// @param rebuild the rebuild that is under way; null if there is none
/// @param seenAt when this was said
public record ProjectionReport(
        String name,
        String instance,
        int version,
        long position,
        @Nullable String trouble,
        @Nullable Rebuild rebuild,
        Instant seenAt) {
    /// How far rows are that are made beside those that are read.
    ///
    /// @param version of the projection that they are made by
    /// @param position up to where all events are in them
    /// @param target where they take the place of those that are read
    /// @param eventsPerSecond how many events are taken at most
    /// @param trouble why they stand still; null if they do not
    public record Rebuild(
            int version,
            long position,
            long target,
            int eventsPerSecond,
            @Nullable String trouble) {}

    /// What it does.
    public enum State {
        /// Follows the store.
        LIVE,
        /// Follows it, and makes its rows anew beside that.
        REBUILDING,
        /// Stands still, in one or the other.
        STOPPED
    }

    public State state() {
        if (reason() != null) {
            return State.STOPPED;
        }
        return rebuild == null ? State.LIVE : State.REBUILDING;
    }

    /// Why it stands still; null if it does not.
    public @Nullable String reason() {
        return trouble != null || rebuild == null ? trouble : rebuild.trouble();
    }
}
