package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.worker.Schedule;
import java.time.Duration;

/// A consumer group and what its workers are like.
///
/// @param worker the worker's name
/// @param filter what it wants
/// @param causing whether its handler publishes
/// @param kind what kind of worker it is
record GroupSettings(
        String worker,
        TypeFilter filter,
        int concurrency,
        int maxRetries,
        Duration retryDelay,
        Followers followers,
        BreakerPolicy breaker,
        boolean causing,
        Kind kind) {
    /// A kind of worker.
    sealed interface Kind {
        /// Takes one event at a time.
        record RealTime() implements Kind {}

        /// Takes several.
        record Batch(int maxEvents, Duration maxAge) implements Kind {}

        /// Runs by the clock.
        record Scheduled(Schedule schedule) implements Kind {}
    }

    String group() {
        return worker + "_group";
    }

    /// Whether events wait behind a dead letter of their subject.
    boolean holds() {
        return followers == Followers.HOLD;
    }

    boolean wants(DomainEvent event) {
        return filter.matches(event.type());
    }
}
