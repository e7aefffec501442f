package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import java.time.Duration;

/// A consumer group and what its workers are like.
///
/// @param worker the worker's name
/// @param filter what it wants
/// @param causing whether its handler publishes
record GroupSettings(
        String worker,
        TypeFilter filter,
        int concurrency,
        int maxRetries,
        Duration retryDelay,
        Followers followers,
        BreakerPolicy breaker,
        boolean causing) {
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
