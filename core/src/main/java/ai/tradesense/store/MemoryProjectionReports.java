package ai.tradesense.store;

import ai.tradesense.store.ProjectionOrder.Given;
import ai.tradesense.store.ProjectionOrder.State;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Keeps reports and orders in memory.
final class MemoryProjectionReports implements ProjectionReports {
    private record Key(String name, String instance) {}

    private final Map<Key, ProjectionReport> reports =
            new TreeMap<>(Comparator.comparing(Key::name).thenComparing(Key::instance));
    private final TreeMap<Long, Given> orders = new TreeMap<>();
    private long lastOrder;

    @Override
    public synchronized void report(ProjectionReport report, Instant forgetBefore) {
        reports.values().removeIf(old -> old.seenAt().isBefore(forgetBefore));
        reports.put(new Key(report.name(), report.instance()), report);
    }

    @Override
    public synchronized List<ProjectionReport> all() {
        return List.copyOf(reports.values());
    }

    @Override
    public synchronized void forget(String name, String instance) {
        reports.remove(new Key(name, instance));
    }

    @Override
    public synchronized Given order(String name, ProjectionOrder order, String by, Instant at) {
        Given given = new Given(++lastOrder, name, order, by, at, State.WAITING, null, "");
        orders.put(given.number(), given);
        orders(name).stream().skip(MAX_ORDERS).forEach(old -> orders.remove(old.number()));
        return given;
    }

    @Override
    public synchronized Optional<Given> take(String name, String instance) {
        return orders(name).reversed().stream()
                .filter(given -> given.state() == State.WAITING)
                .findFirst()
                .map(given -> now(given, State.TAKEN, instance, ""));
    }

    @Override
    public synchronized void answer(long number, State state, String outcome) {
        Given given = orders.get(number);
        if (given != null) {
            now(given, state, given.takenBy(), outcome);
        }
    }

    private Given now(Given given, State state, @Nullable String takenBy, String outcome) {
        Given changed = new Given(
                given.number(), given.projection(), given.order(), given.by(), given.at(), state, takenBy, outcome);
        orders.put(changed.number(), changed);
        return changed;
    }

    @Override
    public synchronized List<Given> orders(String name) {
        return orders.descendingMap().values().stream()
                .filter(given -> given.projection().equals(name))
                .toList();
    }
}
