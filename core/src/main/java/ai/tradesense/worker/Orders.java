package ai.tradesense.worker;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.Order;
import ai.tradesense.control.StandingOrder;
import ai.tradesense.runtime.Agent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives the orders of this instance to all others, and brings theirs here. Each is carried out once, also
/// if it comes back from the store. A store that fails delays orders of others and concerns no events.
final class Orders implements Agent {
    /// How often an instance looks for orders.
    static final Duration LOOK_EVERY = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(Orders.class);

    private record Key(String worker, Order.Topic topic) {}

    private final ControlStore store;
    private final InstantSource clock;
    private final String instance;
    private final BiConsumer<String, Order> carryOut;

    // Guarded by this.
    private final Map<Key, StandingOrder> standing = new HashMap<>();
    private long revision; // up to which the store was read
    private boolean failing;

    /// Orders of a store.
    ///
    /// @param carryOut does what was ordered of a worker, if it is there
    Orders(ControlStore store, InstantSource clock, String instance, BiConsumer<String, Order> carryOut) {
        this.store = store;
        this.clock = clock;
        this.instance = instance;
        this.carryOut = carryOut;
    }

    /// Makes an order that was carried out here known to all others.
    void give(String worker, Order order) {
        StandingOrder given = store.give(worker, order, instance, clock.instant());
        remember(given);
    }

    /// Notes an order.
    ///
    /// @return whether it is newer than what was known
    private synchronized boolean remember(StandingOrder order) {
        Key key = new Key(order.worker(), order.order().topic());
        StandingOrder known = standing.get(key);
        boolean isNew = known == null || known.revision() < order.revision();
        if (isNew) {
            standing.put(key, order);
        }
        return isNew;
    }

    /// What is known to be ordered of a worker.
    synchronized List<Order> of(String worker) {
        List<Order> orders = new ArrayList<>();
        for (StandingOrder order : standing.values()) {
            if (order.worker().equals(worker)) {
                orders.add(order.order());
            }
        }
        return orders;
    }

    /// Carries out what was ordered since the last look; later, if the store does not answer.
    synchronized void look() {
        try {
            for (StandingOrder order : store.after(revision)) {
                if (remember(order)) {
                    LOG.info(
                            "worker {}: {}, ordered by {} at {}",
                            order.worker(),
                            order.order(),
                            order.by(),
                            order.at());
                    carryOut.accept(order.worker(), order.order());
                }
                revision = order.revision();
            }
            failing = false;
        } catch (RuntimeException failure) {
            if (!failing) {
                LOG.warn("orders of operators cannot be read; what was ordered before stands", failure);
            }
            failing = true;
        }
    }

    @Override
    public String name() {
        return "orders";
    }

    @Override
    public int doWork() {
        look();
        return 0;
    }

    @Override
    public Instant wakeAt() {
        return clock.instant().plus(LOOK_EVERY);
    }
}
