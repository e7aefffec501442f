package ai.tradesense.worker;

import ai.tradesense.parking.ParkingChange;
import ai.tradesense.transport.Partition;

/// The time for which a partition is this instance's, from one assignment to its end. What is ordered in a session has
/// no effect on what is parked once another has begun on the partition, here or elsewhere.
///
/// @param name one that no other assignment has
record Session(String name, Partition partition) {
    /// A change that is to be made in this session or not at all.
    ParkingChange own(ParkingChange change) {
        return new ParkingChange.InSession(name, partition, change);
    }
}
