package ai.tradesense.parking;

import java.time.Instant;

/// A change to what is parked. Values only: the dispatcher decides them, a [ParkingStore] makes them durable.
public sealed interface ParkingChange {
    /// Puts an event at the end of its subject's queue, or straight among the dead. No effect if the group has
    /// an event of this source and id parked already, in whatever state.
    record Park(ParkedEvent event) implements ParkingChange {}

    /// A retry failed: the event stays the head of its subject until `dueAt`.
    record Reschedule(String group, long sequence, int attempts, Instant dueAt, Failure failure)
            implements ParkingChange {}

    /// An event was given up and is a dead letter from now on.
    record Bury(String group, long sequence, int attempts, Failure failure) implements ParkingChange {}

    /// An event was processed and waits no longer.
    record Complete(String group, long sequence) implements ParkingChange {}
}
