package ai.tradesense.transaction;

import ai.tradesense.runtime.Agent;
import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionOrder.Given;
import ai.tradesense.store.ProjectionOrder.State;
import ai.tradesense.store.ProjectionReports;
import ai.tradesense.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Carries out what operators order of a projection in the store, and says there what became of it. Each order is
/// taken by one process, before it is carried out: one that ends in between leaves it taken, and nothing is done twice.
final class OrderAgent implements Agent {
    /// How often a process looks for orders.
    static final Duration EVERY = Duration.ofSeconds(2);

    private static final Logger LOG = LoggerFactory.getLogger(OrderAgent.class);

    private final String projection;
    private final ProjectionReports orders;
    private final Function<Given, String> work;
    private final InstantSource clock;
    private volatile Instant nextAt = Instant.MIN;
    private boolean failing; // touched by its own thread alone

    /// @param work carries an order out and says in words what became of it
    OrderAgent(String projection, ProjectionReports orders, Function<Given, String> work, InstantSource clock) {
        this.projection = projection;
        this.orders = orders;
        this.work = work;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "orders-of-projection-" + projection;
    }

    @Override
    public Instant wakeAt() {
        return nextAt;
    }

    @Override
    public int doWork() {
        Instant now = clock.instant();
        if (now.isBefore(nextAt)) {
            return 0;
        }
        nextAt = now.plus(EVERY);
        try {
            orders.take(projection, ReportAgent.INSTANCE).ifPresent(this::carryOut);
            failing = false;
        } catch (RuntimeException failure) {
            if (!failing) {
                LOG.warn("{} cannot be read or answered", name(), failure);
            }
            failing = true;
        }
        return 0;
    }

    private void carryOut(Given given) {
        ProjectionOrder order = given.order();
        try {
            String outcome = work.apply(given);
            LOG.info("{} ordered of {}: {}; {}", given.by(), projection, order.text(), outcome);
            orders.answer(given.number(), State.DONE, outcome);
        } catch (IllegalArgumentException | IllegalStateException | StoreException refused) {
            LOG.warn("{} ordered of {}: {}; it was not done", given.by(), projection, order.text(), refused);
            orders.answer(given.number(), State.REFUSED, String.valueOf(refused.getMessage()));
        }
    }
}
