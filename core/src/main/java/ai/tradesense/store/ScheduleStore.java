package ai.tradesense.store;

import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Up to where schedules have come, for all instances that share them. Safe for use by several threads; all
/// methods block for I/O, change everything or nothing, and throw [StoreException] if the outcome is a
/// failure or not known, after which they may be called again.
public interface ScheduleStore {
    /// Up to where a schedule has come.
    ///
    /// @param begunAt from when on its ticks count
    /// @param lastTick its newest tick that was published; null if there was none yet
    record Progress(Instant begunAt, @Nullable Instant lastTick) {
        /// After when its next ticks are.
        public Instant until() {
            return lastTick != null ? lastTick : begunAt;
        }
    }

    /// A schedule that has begun.
    Optional<Progress> find(String schedule);

    /// Begins a schedule, unless it has begun, and says up to where it has come.
    Progress begin(String schedule, Instant at);

    /// Notes that a tick was published. No effect if a later one was; a schedule that has not begun does
    /// with this tick.
    void note(String schedule, Instant tick);
}
