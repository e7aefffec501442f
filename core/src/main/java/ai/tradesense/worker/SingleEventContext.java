package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import java.time.Instant;

/// The context of a batch of one.
record SingleEventContext(ExecutionContext context) implements BatchContext {
    @Override
    public ExecutionContext of(DomainEvent event) {
        return context;
    }

    @Override
    public Instant now() {
        return context.now();
    }
}
