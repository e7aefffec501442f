package ai.tradesense.store;

import ai.tradesense.parking.ParkingStore;
import ai.tradesense.transport.Transport;

/// One append-only log that is the transport, the event store and the place of parked events at once: what a
/// platform without a broker runs on.
public interface Log extends AutoCloseable {
    Transport transport();

    EventStore events();

    ParkingStore parking();

    /// Stops writing and releases files and connections. Idempotent.
    @Override
    void close();
}
