package ai.tradesense.testkit.simulation;

import ai.tradesense.parking.ParkingStore;
import ai.tradesense.transport.Transport;

/// What stands between a platform and what is simulated: nothing, but in tests that break something on purpose.
interface Wiring {
    /// Nothing in between.
    Wiring DIRECT = new Wiring() {};

    default Transport transport(Transport transport) {
        return transport;
    }

    default ParkingStore parking(ParkingStore parking) {
        return parking;
    }
}
