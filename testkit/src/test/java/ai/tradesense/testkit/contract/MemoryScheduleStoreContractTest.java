package ai.tradesense.testkit.contract;

import ai.tradesense.store.MemoryScheduleStore;
import ai.tradesense.store.ScheduleStore;

final class MemoryScheduleStoreContractTest extends ScheduleStoreContract {
    @Override
    protected ScheduleStore open() {
        return new MemoryScheduleStore();
    }

    @Override
    protected void close(ScheduleStore opened) {}

    @Override
    protected boolean survivesRestart() {
        return false;
    }
}
