package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;

/// A member of a group that keeps everything it gets, in the thread of the test.
final class Reader implements AutoCloseable {
    private final Subscription subscription;
    private final List<Delivery> all = new ArrayList<>();

    Reader(Transport transport, String group) {
        this.subscription =
                transport.subscribe(new GroupMembership(group, Set.of(), StartFrom.BEGINNING, 10_000), () -> {});
    }

    Reader untilHas(String id) {
        Awaitility.await("the event " + id)
                .pollInSameThread()
                .pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    all.addAll(subscription.poll(1_000).deliveries());
                    return ids().contains(id);
                });
        return this;
    }

    /// The ids of the events that came.
    List<String> ids() {
        return all.stream()
                .map(Delivery::event)
                .filter(event -> event != null)
                .map(DomainEvent::id)
                .toList();
    }

    /// What came and is no event.
    List<Delivery> undecodable() {
        return all.stream().filter(delivery -> delivery.undecodable() != null).toList();
    }

    Subscription subscription() {
        return subscription;
    }

    List<Delivery> all() {
        return all;
    }

    @Override
    public void close() {
        subscription.close();
    }
}
