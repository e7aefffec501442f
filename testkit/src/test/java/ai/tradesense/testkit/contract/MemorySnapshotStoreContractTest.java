package ai.tradesense.testkit.contract;

import ai.tradesense.store.MemorySnapshotStore;
import ai.tradesense.store.SnapshotStore;

final class MemorySnapshotStoreContractTest extends SnapshotStoreContract {
    @Override
    protected SnapshotStore open() {
        return new MemorySnapshotStore();
    }

    @Override
    protected void close(SnapshotStore opened) {}

    @Override
    protected boolean survivesRestart() {
        return false;
    }
}
