package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/// A subscription as the suite uses it. Whatever it polls, it checks what holds of every poll: no more than
/// asked for, and nothing from a partition that is not assigned.
final class Member implements AutoCloseable {
    private static final int AT_ONCE = 100;

    private final Transport transport;
    private final Duration patience;
    private final Subscription subscription;
    private final AtomicInteger signals = new AtomicInteger();
    private final Set<Partition> assigned = new HashSet<>();

    Member(Transport transport, GroupMembership membership, Duration patience) {
        this.transport = transport;
        this.patience = patience;
        this.subscription = transport.subscribe(membership, signals::incrementAndGet);
    }

    /// Polls once.
    List<Delivery> poll(int maxEvents) {
        Poll poll = subscription.poll(maxEvents);
        assertTrue(assigned.containsAll(poll.lost()), () -> poll.lost() + " were lost of " + assigned);
        poll.lost().forEach(assigned::remove);
        poll.assigned().forEach(partition -> assertTrue(assigned.add(partition), partition + " was assigned twice"));
        assertTrue(
                poll.deliveries().size() <= maxEvents,
                () -> poll.deliveries().size() + " deliveries where at most " + maxEvents + " were asked for");
        for (Delivery delivery : poll.deliveries()) {
            assertNull(delivery.undecodable(), "what could not be read");
            DomainEvent event = eventOf(delivery);
            Partition partition = transport.partitionOf(event.type().domain(), event.subject());
            assertTrue(
                    assigned.contains(partition), () -> event + " of " + partition + " came, assigned are " + assigned);
        }
        return poll.deliveries();
    }

    static DomainEvent eventOf(Delivery delivery) {
        return Objects.requireNonNull(delivery.event(), () -> "no event in " + delivery);
    }

    static List<DomainEvent> eventsOf(List<Delivery> deliveries) {
        return deliveries.stream().map(Member::eventOf).toList();
    }

    static List<String> ids(List<Delivery> deliveries) {
        return Expect.ids(eventsOf(deliveries));
    }

    /// Polls until this many have come, and no more.
    List<Delivery> take(int count) {
        List<Delivery> taken = new ArrayList<>();
        Expect.soon(count + " deliveries", patience, () -> {
            taken.addAll(poll(Math.min(AT_ONCE, count - taken.size())));
            return taken.size() == count;
        });
        return taken;
    }

    /// Polls until an event comes and gives everything up to it: what has not come before it will not come,
    /// if it is of the same subject.
    List<Delivery> takeThrough(DomainEvent last) {
        return takeUntil("the event " + last, delivery -> eventOf(delivery).id().equals(last.id()));
    }

    private List<Delivery> takeUntil(String what, Predicate<Delivery> last) {
        List<Delivery> taken = new ArrayList<>();
        Expect.soon(what, patience, () -> {
            taken.addAll(poll(AT_ONCE));
            return taken.stream().anyMatch(last);
        });
        return taken;
    }

    /// Takes and settles exactly these events, in any order.
    void process(List<DomainEvent> expected) {
        List<Delivery> taken = take(expected.size());
        assertEquals(Set.copyOf(Expect.ids(expected)), Set.copyOf(ids(taken)), "the ids that came");
        subscription.settle(taken);
    }

    void settle(List<Delivery> deliveries) {
        subscription.settle(deliveries);
    }

    void settle(Delivery... deliveries) {
        subscription.settle(Arrays.asList(deliveries));
    }

    long lag() {
        return subscription.lag();
    }

    /// Waits until the lag is what it should be.
    void awaitLag(long expected) {
        Expect.soon("a lag of " + expected, patience, () -> subscription.lag() == expected);
    }

    int signals() {
        return signals.get();
    }

    Set<Partition> assigned() {
        return Set.copyOf(assigned);
    }

    @Override
    public void close() {
        subscription.close();
    }
}
