package ai.tradesense.testkit.simulation;

import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/// Parking stores that do something wrong, in place of a dispatcher that did.
final class BrokenParking {
    private BrokenParking() {}

    /// What a method of the store gives, or is given, in place of what is right.
    private record Break(String method, Function<Object, Object> argument, Function<Object, Object> answer) {}

    private static ParkingStore broken(ParkingStore store, Break what) {
        return (ParkingStore) Proxy.newProxyInstance(
                ParkingStore.class.getClassLoader(), new Class<?>[] {ParkingStore.class}, (proxy, method, given) -> {
                    Object[] arguments = given == null ? new Object[0] : given.clone();
                    boolean affected = method.getName().equals(what.method());
                    if (affected && arguments.length > 0) {
                        arguments[0] = what.argument().apply(arguments[0]);
                    }
                    try {
                        Object answer = method.invoke(store, arguments);
                        return affected ? what.answer().apply(answer) : answer;
                    } catch (InvocationTargetException failed) {
                        throw failed.getCause();
                    }
                });
    }

    @SuppressWarnings("unchecked") // the only argument of apply
    private static List<ParkingChange> changes(Object argument) {
        return (List<ParkingChange>) argument;
    }

    /// Each batch of changes is made when the next one comes.
    static ParkingStore writingLater(ParkingStore store) {
        List<ParkingChange> held = new ArrayList<>();
        return broken(
                store,
                new Break(
                        "apply",
                        argument -> {
                            List<ParkingChange> before = List.copyOf(held);
                            held.clear();
                            held.addAll(changes(argument));
                            return before;
                        },
                        Function.identity()));
    }

    /// The second event of a subject before the first.
    static ParkingStore bringingFollowersFirst(ParkingStore store) {
        return broken(store, new Break("heads", Function.identity(), BrokenParking::reversed));
    }

    private static Map<?, ?> reversed(Object heads) {
        Map<Object, Object> reversed = new HashMap<>();
        ((Map<?, ?>) heads).forEach((key, queue) -> reversed.put(key, ((List<?>) queue).reversed()));
        return reversed;
    }

    static ParkingStore forgettingWhoWaits(ParkingStore store) {
        return broken(store, new Break("waiting", Function.identity(), answer -> List.of()));
    }

    static ParkingStore buryingInsteadOfRetrying(ParkingStore store) {
        return broken(
                store,
                new Break(
                        "apply",
                        argument -> changes(argument).stream()
                                .map(BrokenParking::buried)
                                .toList(),
                        Function.identity()));
    }

    private static ParkingChange buried(ParkingChange change) {
        return inner(change) instanceof ParkingChange.Reschedule retry
                ? new ParkingChange.Bury(
                        retry.group(), retry.sequence(), retry.attempts(), retry.failure(), Followers.RELEASE)
                : change;
    }

    private static ParkingChange inner(ParkingChange change) {
        return change instanceof ParkingChange.InSession own ? own.change() : change;
    }

    /// Whoever works on a partition makes no difference to what others order of it.
    static ParkingStore withoutSessions(ParkingStore store) {
        return broken(
                store,
                new Break(
                        "apply",
                        argument -> changes(argument).stream()
                                .map(BrokenParking::inner)
                                .toList(),
                        Function.identity()));
    }

    static ParkingStore neverCompleting(ParkingStore store) {
        return broken(
                store,
                new Break(
                        "apply",
                        argument -> changes(argument).stream()
                                .filter(change -> !(inner(change) instanceof ParkingChange.Complete))
                                .toList(),
                        Function.identity()));
    }
}
