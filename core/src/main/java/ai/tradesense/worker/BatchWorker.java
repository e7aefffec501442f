package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import java.time.Duration;
import java.util.List;

/// Processes events several at a time, for example to write them in one transaction. Register it like any worker.
///
/// A batch is of many subjects, the events of each in order. It is full at [#maxBatchEvents] or [#maxBatchBytes], or
/// when its first event has waited for [#maxBatchAge]. When it fails it is halved and tried again, down to the event
/// that cannot be processed, which alone is retried or given up: the others are not held up by it. So a batch must have
/// no effect when it fails, or its effects must be idempotent.
///
/// A retried event comes in a batch of its own.
public interface BatchWorker extends EventWorker {
    /// Processes a batch. Returning normally means that all of it is done with; an exception means that none is.
    ///
    /// @param events at least one, in order
    void processBatch(List<DomainEvent> events, BatchContext context) throws Exception;

    @Override
    default void processEvent(DomainEvent event, ExecutionContext context) throws Exception {
        processBatch(List.of(event), new SingleEventContext(context));
    }

    /// How many events a batch has at most.
    default int maxBatchEvents() {
        return 500;
    }

    /// How many bytes of data a batch has at most, unless its only event has more. Data that was never encoded, as on
    /// the memory transport, does not count.
    default int maxBatchBytes() {
        return 1 << 20;
    }

    /// How long an event waits at most for others to share its batch: a day at most.
    default Duration maxBatchAge() {
        return Duration.ofMillis(200);
    }

    /// How many batches run at a time at most; a subject is always in the same one of as many shares.
    @Override
    default int concurrency() {
        return 1;
    }
}
