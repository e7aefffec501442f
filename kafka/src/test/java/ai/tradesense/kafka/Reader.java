package ai.tradesense.kafka;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.TransportException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/// A member of a group that keeps everything it gets, in the thread of the test.
final class Reader implements AutoCloseable {
    private final Subscription subscription;
    private final List<Delivery> all = new ArrayList<>();
    private final Set<Partition> assigned = new HashSet<>();

    Reader(KafkaTransport transport, String group) {
        this.subscription = transport.subscribe(
                new GroupMembership(group, Set.of("Trading"), StartFrom.BEGINNING, 10_000), () -> {});
    }

    static DomainEvent event(String id, String subject) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/test"))
                .subject(subject)
                .time(Instant.EPOCH)
                .data(Payload.json("{\"a\":1}".getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    static List<DomainEvent> events(String name, int count) {
        List<DomainEvent> events = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            events.add(event(name + number, "account"));
        }
        return events;
    }

    /// Polls, whatever happens, until something is so.
    Reader until(String what, BooleanSupplier condition) {
        Awaitility.await(what)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(2))
                .atMost(Duration.ofSeconds(30))
                .until(() -> {
                    poll();
                    return condition.getAsBoolean();
                });
        return this;
    }

    private void poll() {
        try {
            Poll poll = subscription.poll(1_000);
            poll.lost().forEach(assigned::remove);
            assigned.addAll(poll.assigned());
            all.addAll(poll.deliveries());
        } catch (TransportException notNow) {
            // An application polls again, too.
        }
    }

    Reader untilAllAssigned() {
        return until("all partitions", () -> assigned.size() == KafkaSettings.DEFAULT_PARTITIONS);
    }

    Reader untilHas(String id) {
        return until("the event " + id, () -> ids().contains(id));
    }

    Reader settle(String... ids) {
        Set<String> wanted = Set.of(ids);
        subscription.settle(all.stream()
                .filter(delivery -> delivery.event() != null
                        && wanted.contains(delivery.event().id()))
                .toList());
        return this;
    }

    Reader settleAllBut(String... ids) {
        Set<String> unwanted = Set.of(ids);
        subscription.settle(all.stream()
                .filter(delivery -> delivery.event() != null
                        && !unwanted.contains(delivery.event().id()))
                .toList());
        return this;
    }

    Reader settleAll() {
        subscription.settle(List.copyOf(all));
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

    DomainEvent event(String id) {
        return all.stream()
                .map(Delivery::event)
                .filter(event -> event != null && event.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /// What came and is no event.
    List<Delivery> undecodable() {
        return all.stream().filter(delivery -> delivery.undecodable() != null).toList();
    }

    void forget() {
        all.clear();
    }

    Subscription subscription() {
        return subscription;
    }

    @Override
    public void close() {
        subscription.close();
    }
}
