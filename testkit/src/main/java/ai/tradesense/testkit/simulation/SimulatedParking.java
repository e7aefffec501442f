package ai.tradesense.testkit.simulation;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.store.StoreException;
import ai.tradesense.testkit.simulation.Faults.Fault;
import ai.tradesense.transport.Partition;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One parking store that all instances share. What was applied stays, whoever dies.
final class SimulatedParking {
    private static final int ALL = Integer.MAX_VALUE;
    private static final DeadLetterFilter DISCARDED =
            new DeadLetterFilter(null, null, null, null, DeadLetterFilter.State.DISCARDED, null, null, null);

    private final World world;
    private final ParkingStore store = new MemoryParkingStore();
    private final Map<Share, Instance> begun = new HashMap<>(); // who began to work there last

    private record Share(String group, Partition partition) {}

    SimulatedParking(World world) {
        this.world = world;
    }

    /// What an instance uses of the store. Every method of it may fail before or after it did what it does,
    /// take a while, or be the instance's last.
    ParkingStore connect(Instance instance) {
        return (ParkingStore) Proxy.newProxyInstance(
                ParkingStore.class.getClassLoader(),
                new Class<?>[] {ParkingStore.class},
                (proxy, method, arguments) -> call(instance, method, arguments));
    }

    private @Nullable Object call(Instance instance, Method method, Object @Nullable [] arguments) throws Throwable {
        world.disturb(instance);
        if (world.faults().strikes(Fault.STORE_FAILS)) {
            throw failure(instance, method.getName() + " is refused");
        }
        Object answer;
        if (arguments != null && arguments.length == 1 && arguments[0] instanceof List<?> changes) {
            answer = apply(instance, changes);
        } else {
            answer = invoke(method, arguments);
        }
        if (arguments != null && method.getName().equals("begin")) {
            for (Object partition : (Set<?>) answer) {
                begun.put(new Share((String) arguments[0], (Partition) partition), instance);
            }
        }
        world.mayKill(instance);
        if (world.faults().strikes(Fault.STORE_FAILS_LATE)) {
            throw failure(instance, method.getName() + " is done and not answered");
        }
        return answer;
    }

    private Object invoke(Method method, Object @Nullable [] arguments) throws Throwable {
        try {
            return method.invoke(store, arguments);
        } catch (InvocationTargetException failed) {
            throw failed.getCause();
        }
    }

    private int apply(Instance instance, List<?> changes) {
        int effective = 0;
        for (Object change : changes) {
            ParkingChange inner = change instanceof ParkingChange.InSession own ? own.change() : (ParkingChange) change;
            ParkedEvent row = rowOf(inner);
            if (store.apply(List.of((ParkingChange) change)) == 1) {
                effective++;
                note(instance, inner, row);
            } else if (row != null) {
                world.trace()
                        .note(
                                instance.name(),
                                row.group() + " has no effect with "
                                        + inner.getClass().getSimpleName(),
                                row.id(),
                                row.key().subject());
            }
        }
        return effective;
    }

    /// Makes the changes of somebody who is no instance, past all faults.
    void applyFor(String who, List<ParkingChange> changes) {
        for (ParkingChange change : changes) {
            ParkedEvent row = rowOf(change);
            if (row != null && store.apply(List.of(change)) == 1) {
                world.trace()
                        .note(
                                who,
                                row.group() + " " + change.getClass().getSimpleName(),
                                row.id(),
                                row.key().subject());
            }
        }
    }

    /// Whether somebody else works on the partition of a key by now.
    boolean isTakenOver(Instance instance, String group, OrderKey key) {
        Instance last = begun.get(new Share(group, world.broker().partitionOf(key)));
        return last != null && last != instance;
    }

    private StoreException failure(Instance instance, String message) {
        world.trace().note(instance.name(), "store: " + message);
        return new StoreException(message, null);
    }

    private void note(Instance instance, ParkingChange change, @Nullable ParkedEvent row) {
        if (row != null) {
            world.trace()
                    .note(
                            instance.name(),
                            row.group() + " " + change.getClass().getSimpleName() + " " + detail(change),
                            row.id(),
                            row.key().subject());
            world.invariants().changes(instance, row.group(), row.key(), change);
        }
    }

    private @Nullable ParkedEvent rowOf(ParkingChange change) {
        return switch (change) {
            case ParkingChange.Park park -> park.event();
            case ParkingChange.Complete complete ->
                store.find(complete.sequence()).orElse(null);
            case ParkingChange.OfParked changed ->
                store.find(changed.sequence()).orElse(null);
            case ParkingChange.InSession own -> rowOf(own.change());
        };
    }

    private static String detail(ParkingChange change) {
        return change instanceof ParkingChange.Park park
                ? park.event().state() + ", attempts " + park.event().attempts()
                : "";
    }

    // What invariants ask of the store, past all faults.

    /// Every event of a group that is in the store, also those that were discarded.
    List<ParkedEvent> rows(String group) {
        List<ParkedEvent> rows = new ArrayList<>(waiting(group));
        for (DeadLetterFilter filter : List.of(DeadLetterFilter.ALL, DISCARDED)) {
            store.deadLetters(new DeadLetterQuery(filter, null, ALL)).stream()
                    .filter(row -> row.group().equals(group))
                    .forEach(rows::add);
        }
        return rows;
    }

    /// The events of a group that wait.
    private List<ParkedEvent> waiting(String group) {
        return waiting(group, subject -> true);
    }

    /// The events of a group that wait for something that comes by itself: not behind a dead letter that holds.
    List<ParkedEvent> owed(String group) {
        return waiting(group, subject -> !subject.held());
    }

    private List<ParkedEvent> waiting(String group, Predicate<WaitingSubject> subjects) {
        return store.waiting(group).stream()
                .filter(subjects)
                .flatMap(subject -> store.head(group, subject.key(), ALL).stream())
                .filter(row -> row.state() == State.WAITING)
                .toList();
    }

    /// The event of an id; null if it is not in the store.
    @Nullable
    ParkedEvent row(String group, String id) {
        for (ParkedEvent row : rows(group)) {
            if (row.id().equals(id)) {
                return row;
            }
        }
        return null;
    }

    /// Whether what stood at a place and could not be read is in the store.
    boolean hasBytesOf(String group, String place) {
        return rows(group).stream().anyMatch(row -> row.id().startsWith(place + "#"));
    }

    /// Whether a key is of an event and not of bytes.
    static boolean isOfEvent(OrderKey key) {
        return !key.domain().isEmpty();
    }
}
