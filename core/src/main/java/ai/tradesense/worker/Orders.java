package ai.tradesense.worker;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.Order;
import ai.tradesense.control.StandingOrder;
import ai.tradesense.runtime.Agent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
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

    /// Does here at once what is ordered, then makes it known to all others. No other order is carried out
    /// meanwhile, so that the one that stands in the end is the one that was carried out last.
    synchronized void give(String worker, Order order, Runnable here) {
        here.run();
        remember(store.give(worker, order, instance, clock.instant()));
    }

    /// Notes an order.
    ///
    /// @return whether it is newer than what was known
    private boolean remember(StandingOrder order) {
        Key key = new Key(order.worker(), order.order().topic());
        StandingOrder known = standing.get(key);
        boolean isNew = known == null || known.revision() < order.revision();
        if (isNew) {
            standing.put(key, order);
        }
        return isNew;
    }

    /// Carries out what is known to be ordered of a worker that has come.
    synchronized void repeat(String worker) {
        for (StandingOrder order : standing.values()) {
            if (order.worker().equals(worker)) {
                carryOut.accept(worker, order.order());
            }
        }
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
