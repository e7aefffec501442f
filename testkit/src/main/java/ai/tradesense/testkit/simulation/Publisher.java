package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.runtime.Agent;
import ai.tradesense.transport.TransportException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Publishes events a few at a time, in order, and again where the outcome is a failure.
final class Publisher implements Agent {
    private final World world;
    private final Instance instance;
    private final List<DomainEvent> events;
    private int published;
    private int batch;
    private Instant next;

    Publisher(World world, Instance instance, List<DomainEvent> events) {
        this.world = world;
        this.instance = instance;
        this.events = events;
        this.next = world.clock().instant();
    }

    @Override
    public String name() {
        return "publisher";
    }

    @Override
    public int doWork() {
        if (isDone() || world.clock().instant().isBefore(next)) {
            return 0;
        }
        if (batch == 0) {
            batch = Math.min(1 + world.faults().choose(5), events.size() - published);
        }
        try {
            instance.tradesense().publish(events.subList(published, published + batch));
            published += batch;
            batch = 0;
        } catch (TransportException notKnown) {
            // the same again, in a while
        }
        next = world.clock().instant().plus(world.faults().between(Duration.ZERO, Duration.ofMillis(400)));
        return 1;
    }

    @Override
    public @Nullable Instant wakeAt() {
        return isDone() ? null : next;
    }

    /// Whether everything has been published.
    boolean isDone() {
        return published == events.size();
    }
}
