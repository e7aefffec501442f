package ai.tradesense.testkit.simulation;

import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingChange.Discard;
import ai.tradesense.parking.ParkingChange.Requeue;
import ai.tradesense.parking.ParkingChange.Restore;
import java.util.ArrayList;
import java.util.List;

/// An operator who retries, discards and restores dead letters while everything goes wrong, in the store that all
/// instances share. What was changed there instances find by themselves.
final class Operator {
    private final World world;

    Operator(World world) {
        this.world = world;
    }

    /// Changes a few of the dead letters of each group.
    void act() {
        for (GroupSettings group : world.setup().groups()) {
            List<ParkingChange> changes = new ArrayList<>();
            for (ParkedEvent row : world.parking().rows(group.group())) {
                if (row.event() != null && world.faults().choose(3) == 0) {
                    choose(row, changes);
                }
            }
            world.parking().applyFor("operator", changes);
        }
    }

    private void choose(ParkedEvent row, List<ParkingChange> changes) {
        boolean discarded = row.progress().discardedAt() != null;
        boolean retries = world.faults().choose(3) > 0;
        if (discarded) {
            changes.add(new Restore(row.group(), row.sequence()));
        } else if (row.progress().isDeadLetter()
                && retries
                && !world.invariants().hasTakenEffect(row)) {
            changes.add(new Requeue(row.group(), row.sequence(), world.clock().instant(), null));
            world.invariants().requeued(row);
        } else if (row.progress().isDeadLetter() && !retries) {
            changes.add(new Discard(row.group(), row.sequence(), world.clock().instant()));
            world.invariants().discarded(row);
        }
    }
}
