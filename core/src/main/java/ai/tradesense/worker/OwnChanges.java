package ai.tradesense.worker;

import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingChange.InSession;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.transport.Partition;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Changes what is parked in the sessions of this instance, and finds out by that if somebody else works on what was
/// its own.
final class OwnChanges {
    private final String group;
    private final ParkingStore store;
    private final Dispatcher dispatcher;

    OwnChanges(String group, ParkingStore store, Dispatcher dispatcher) {
        this.group = group;
        this.store = store;
        this.dispatcher = dispatcher;
    }

    /// Makes changes durable, in order, all or none.
    ///
    /// @return those that had no effect because their subject is somebody else's
    Set<ParkingChange> apply(List<ParkingChange> changes) {
        if (store.apply(changes) == changes.size()) {
            return Set.of();
        }
        Map<Partition, String> current = store.sessions(group);
        Set<ParkingChange> others = Collections.newSetFromMap(new IdentityHashMap<>());
        for (ParkingChange change : changes) {
            if (change instanceof InSession own && !own.session().equals(current.get(own.partition()))) {
                others.add(change);
                dispatcher.disown(own.partition(), own.session());
            }
        }
        return others;
    }
}
