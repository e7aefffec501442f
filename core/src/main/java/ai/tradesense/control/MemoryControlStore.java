package ai.tradesense.control;

import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/// Keeps orders and instances in memory: for platforms of one process, and no longer than that.
public final class MemoryControlStore implements ControlStore {
    private final List<StandingOrder> orders = new ArrayList<>(); // guarded by this, by revision
    private final SortedMap<String, InstanceReport> instances = new TreeMap<>(); // guarded by this
    private long revision;

    @Override
    public synchronized StandingOrder give(String worker, Order order, String by, Instant at) {
        orders.removeIf(known -> known.worker().equals(worker) && known.order().topic() == order.topic());
        StandingOrder standing = new StandingOrder(++revision, worker, order, by, at);
        orders.add(standing);
        return standing;
    }

    @Override
    public synchronized List<StandingOrder> after(long known) {
        return known >= revision
                ? List.of()
                : orders.stream().filter(order -> order.revision() > known).toList();
    }

    @Override
    public synchronized void report(InstanceReport report, Instant forgetBefore) {
        instances.values().removeIf(known -> known.seenAt().isBefore(forgetBefore));
        instances.put(report.instance(), report);
    }

    @Override
    public synchronized List<InstanceReport> instances() {
        return List.copyOf(instances.values());
    }

    @Override
    public synchronized void forget(String instance) {
        instances.remove(instance);
    }
}
