package ai.tradesense.worker;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What is known of a worker now.
///
/// @param name the worker's name
/// @param group its consumer group
/// @param subscribesTo its patterns, sorted
/// @param state what it does
/// @param reason why it is in that state, in words; empty if it is simply running
/// @param isPaused whether an operator has had it take no new events, whatever its state
/// @param breaker its circuit breaker
/// @param concurrency how many subjects it processes at the same time at most
/// @param isReplayable whether stored events may be given to it once more
/// @param lag events of its domains that are stored and not yet done with
/// @param inFlight events delivered to it and not yet done with
/// @param parked events that wait for a retry or behind one
/// @param deadLetters events given up or in quarantine
/// @param processed events it has processed since it was registered
/// @param failed attempts that failed since then
/// @param meanProcessing the mean time that its handler took
/// @param p99Processing the time that 99 % of its events of the last minutes did not exceed
/// @param lastError the newest failure, as `class: message`; null if there was none
/// @param lastErrorAt when that was
/// @param heartbeat when its loop last gave a sign of life
/// @param stuck handlers that have been running for long
public record WorkerStatus(
        String name,
        String group,
        Set<String> subscribesTo,
        State state,
        String reason,
        boolean isPaused,
        BreakerState breaker,
        int concurrency,
        boolean isReplayable,
        long lag,
        long inFlight,
        long parked,
        long deadLetters,
        long processed,
        long failed,
        Duration meanProcessing,
        Duration p99Processing,
        @Nullable String lastError,
        @Nullable Instant lastErrorAt,
        Instant heartbeat,
        List<StuckHandler> stuck) {
    /// The [#reason] of a worker that was to drain and has nothing at hand any more.
    public static final String DRAINED = "drained: nothing is at hand";

    /// Whether it takes no new events and has finished all that it had, as was ordered.
    public boolean isDrained() {
        return state == State.PAUSED && reason.equals(DRAINED);
    }

    /// What a worker does.
    public enum State {
        /// Takes events as they come.
        RUNNING,
        /// Takes no new events until it is resumed.
        PAUSED,
        /// Works, but some of its events fail, or its circuit breaker holds them back.
        DEGRADED,
        /// A handler has been running for so long that it may never end.
        STALLED,
        /// Cannot reach its transport or store, or does not come round.
        DOWN
    }

    /// What a circuit breaker does.
    public enum BreakerState {
        /// Lets events through.
        CLOSED,
        /// Lets none through for a while, because too many failed.
        OPEN,
        /// Lets a few through to see whether they fail.
        HALF_OPEN,
        /// Lets none through until an operator resets it.
        FORCED_OPEN
    }
}
