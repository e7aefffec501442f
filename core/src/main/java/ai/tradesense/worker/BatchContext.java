package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import java.time.Instant;

/// What a batch worker may know and do while it processes a batch. Valid during that call only, in the thread of the
/// call.
public interface BatchContext {
    /// The context of one event of the batch: what is published there is caused by that event, with ids that
    /// follow from it however the batch is put together.
    ExecutionContext of(DomainEvent event);

    /// The time of the platform's clock.
    Instant now();
}
