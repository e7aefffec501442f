package ai.tradesense.testkit.contract;

import ai.tradesense.operations.MemoryOperationStore;
import ai.tradesense.parking.MemoryParkingStore;

final class MemoryOperationStoreContractTest extends OperationStoreContract {
    @Override
    protected Opened open() {
        MemoryParkingStore parking = new MemoryParkingStore();
        return new Opened(parking, new MemoryOperationStore(parking));
    }

    @Override
    protected void close(Opened opened) {}

    @Override
    protected boolean survivesRestart() {
        return false;
    }
}
