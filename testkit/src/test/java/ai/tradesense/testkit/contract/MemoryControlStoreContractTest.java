package ai.tradesense.testkit.contract;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.MemoryControlStore;

final class MemoryControlStoreContractTest extends ControlStoreContract {
    @Override
    protected ControlStore open() {
        return new MemoryControlStore();
    }

    @Override
    protected void close(ControlStore opened) {}

    @Override
    protected boolean survivesRestart() {
        return false;
    }
}
