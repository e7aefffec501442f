package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.TransportException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.awaitility.Awaitility;

/// A member of a group that keeps everything it gets, in the thread of the test.
final class Reader implements AutoCloseable {
    private final Subscription subscription;
    private final List<Delivery> all = new ArrayList<>();

    Reader(RabbitTransport transport, String group) {
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
            all.addAll(subscription.poll(1_000).deliveries());
        } catch (TransportException notNow) {
            // An application polls again, too.
        }
    }

    Reader untilHas(String id) {
        return until("the event " + id, () -> ids().contains(id));
    }

    Reader settleAll() {
        subscription.settle(List.copyOf(all));
        return this;
    }

    /// The ids of the events that came.
    List<String> ids() {
        return all.stream()
                .map(Delivery::event)
                .filter(Objects::nonNull)
                .map(DomainEvent::id)
                .toList();
    }

    List<DomainEvent> events() {
        return all.stream().map(Delivery::event).filter(Objects::nonNull).toList();
    }

    /// What came and is no event.
    List<Delivery> undecodable() {
        return all.stream().filter(delivery -> delivery.undecodable() != null).toList();
    }

    Subscription subscription() {
        return subscription;
    }

    @Override
    public void close() {
        subscription.close();
    }
}
