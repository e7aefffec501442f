package ai.tradesense.testkit.contract;

import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkingStore;

final class MemoryParkingStoreContractTest extends ParkingStoreContract {
    @Override
    protected ParkingStore open() {
        return new MemoryParkingStore();
    }

    @Override
    protected void close(ParkingStore opened) {}

    @Override
    protected boolean survivesRestart() {
        return false;
    }
}
