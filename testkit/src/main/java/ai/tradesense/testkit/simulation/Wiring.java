package ai.tradesense.testkit.simulation;

import ai.tradesense.parking.ParkingStore;
import ai.tradesense.transport.Transport;
import ai.tradesense.worker.EventWorker;

/// What stands between a platform and what is simulated: nothing, but in tests that break something on purpose.
interface Wiring {
    /// Nothing in between.
    Wiring DIRECT = new Wiring() {};

    /// What an instance is to use.
    default Transport transport(String instance, Transport transport) {
        return transport;
    }

    default EventWorker worker(EventWorker worker) {
        return worker;
    }

    default ParkingStore parking(ParkingStore parking) {
        return parking;
    }
}
