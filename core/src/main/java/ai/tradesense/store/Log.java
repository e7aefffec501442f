package ai.tradesense.store;

import ai.tradesense.control.ControlStore;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.retention.RetentionStore;
import ai.tradesense.transport.Transport;

/// One append-only log that is the transport, the event store and the place of parked events and schedules
/// at once: what a platform without a broker runs on.
public interface Log extends AutoCloseable {
    Transport transport();

    EventStore events();

    ParkingStore parking();

    /// The operations on what is parked there.
    OperationStore operations();

    ScheduleStore schedules();

    ControlStore control();

    SnapshotStore snapshots();

    /// What events are removed by when they are old enough.
    RetentionStore retention();

    /// Stops writing and releases files and connections. Idempotent.
    @Override
    void close();
}
