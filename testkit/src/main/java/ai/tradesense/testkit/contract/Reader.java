package ai.tradesense.testkit.contract;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Predicate;
import org.awaitility.Awaitility;

/// A member of a group that keeps everything it gets, for tests of what a transport does besides what its suites
/// ask for. It polls in the thread of the test and goes on after a failure, as an application would. For use by
/// one thread.
public final class Reader implements AutoCloseable {
    private final Subscription subscription;
    private final List<Delivery> all = new ArrayList<>();
    private final Set<Partition> assigned = new HashSet<>();
    private int losses;

    /// Joins a group for the domain `Trading`, from the beginning.
    public Reader(Transport transport, String group) {
        this(transport.subscribe(membership(group), () -> {}));
    }

    /// Reads with a subscription of its [#membership], and closes it in the end.
    public Reader(Subscription subscription) {
        this.subscription = subscription;
    }

    /// As what readers join a group.
    public static GroupMembership membership(String group) {
        return new GroupMembership(group, Set.of("Trading"), StartFrom.BEGINNING, 10_000);
    }

    /// An event of the domain that a reader joins for.
    public static DomainEvent event(String id, String subject) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/test"))
                .subject(subject)
                .time(Instant.EPOCH)
                .data(Payload.json("{\"a\":1}".getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    /// Events of one subject, numbered from 0.
    public static List<DomainEvent> events(String name, int count) {
        List<DomainEvent> events = new ArrayList<>();
        for (int number = 0; number < count; number++) {
            events.add(event(name + number, "account"));
        }
        return events;
    }

    /// Polls, whatever happens, until something is so.
    public Reader until(String what, BooleanSupplier condition) {
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
            losses += poll.lost().size();
            assigned.addAll(poll.assigned());
            all.addAll(poll.deliveries());
        } catch (TransportException notNow) {
            // An application polls again, too.
        }
    }

    /// Polls until it has so many partitions.
    public Reader untilAssigned(int partitions) {
        return until(partitions + " partitions", () -> assigned.size() == partitions);
    }

    /// Polls until an event has come.
    public Reader untilHas(String id) {
        return until("the event " + id, () -> ids().contains(id));
    }

    /// Settles what is there of some events.
    public Reader settle(String... ids) {
        return settleWhose(Set.of(ids)::contains);
    }

    /// Settles what is there of all other events.
    public Reader settleAllBut(String... ids) {
        return settleWhose(Predicate.not(Set.of(ids)::contains));
    }

    private Reader settleWhose(Predicate<String> id) {
        subscription.settle(all.stream()
                .filter(delivery -> {
                    DomainEvent event = delivery.event();
                    return event != null && id.test(event.id());
                })
                .toList());
        return this;
    }

    /// Settles everything that is there.
    public Reader settleAll() {
        subscription.settle(List.copyOf(all));
        return this;
    }

    /// Settles everything, also what comes again because a lease could not be kept for a while, until nothing is
    /// left.
    public Reader untilDone() {
        return until("the end of it", this::isDone);
    }

    private boolean isDone() {
        try {
            return settleAll().subscription.lag() == 0;
        } catch (TransportException notNow) {
            return false;
        }
    }

    /// The partitions that it has, as far as polling has told it.
    public Set<Partition> assigned() {
        return Set.copyOf(assigned);
    }

    /// How many partitions it was told of that they are another's now.
    public int losses() {
        return losses;
    }

    /// The events that came, in that order.
    public List<DomainEvent> events() {
        return all.stream().map(Delivery::event).filter(Objects::nonNull).toList();
    }

    /// The ids of the events that came.
    public List<String> ids() {
        return events().stream().map(DomainEvent::id).toList();
    }

    /// An event that came.
    public DomainEvent event(String id) {
        return events().stream()
                .filter(event -> event.id().equals(id))
                .findFirst()
                .orElseThrow();
    }

    /// What came and is no event.
    public List<Delivery> undecodable() {
        return all.stream().filter(delivery -> delivery.undecodable() != null).toList();
    }

    /// Forgets what came.
    public void forget() {
        all.clear();
    }

    public Subscription subscription() {
        return subscription;
    }

    @Override
    public void close() {
        subscription.close();
    }
}
