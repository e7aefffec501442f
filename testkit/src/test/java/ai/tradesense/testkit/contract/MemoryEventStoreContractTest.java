package ai.tradesense.testkit.contract;

import ai.tradesense.store.EventStore;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.testkit.VirtualClock;

final class MemoryEventStoreContractTest extends EventStoreContract {
    @Override
    protected EventStore open() {
        return new MemoryEventStore(new VirtualClock());
    }

    @Override
    protected void close(EventStore opened) {}

    @Override
    protected boolean survivesRestart() {
        return false;
    }
}
