package ai.tradesense.testkit;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Receipt;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.transport.TransportHealth;
import ai.tradesense.transport.Undecodable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/// A transport for one worker whose polls a test writes down beforehand. Subjects that begin with `two` are
/// of a second partition. Filters no duplicates.
final class ScriptedTransport implements Transport, Subscription {
    static final Partition ONE = new Partition("scripted", 1);
    static final Partition TWO = new Partition("scripted", 2);

    /// Where an event stood in the script.
    record Place(int number) implements Receipt {
        @Override
        public String toString() {
            return "scripted:" + number;
        }
    }

    private final Queue<Poll> script = new ArrayDeque<>();
    private final List<String> settled = new ArrayList<>();
    private int delivered;
    private int failingPolls;
    private @Nullable Runnable signal;

    private synchronized void add(Poll poll) {
        script.add(poll);
        if (signal != null) {
            signal.run();
        }
    }

    void assign(Partition... partitions) {
        add(new Poll(List.of(), List.of(partitions), List.of()));
    }

    void lose(Partition... partitions) {
        add(new Poll(List.of(partitions), List.of(), List.of()));
    }

    synchronized void deliver(List<DomainEvent> events) {
        add(Poll.of(events.stream()
                .map(event -> Delivery.of(new Place(++delivered), event))
                .toList()));
    }

    void deliver(DomainEvent... events) {
        deliver(List.of(events));
    }

    /// Delivers the same together, and what is no event at a place between the first and the others.
    void deliverAround(Receipt place, DomainEvent first, DomainEvent... others) {
        List<Delivery> deliveries = new ArrayList<>();
        deliveries.add(Delivery.of(new Place(++delivered), first));
        deliveries.add(Delivery.undecodable(
                place,
                new Undecodable(new byte[] {1}, "application/x-broken", new IllegalArgumentException("no event"))));
        for (DomainEvent event : others) {
            deliveries.add(Delivery.of(new Place(++delivered), event));
        }
        add(Poll.of(deliveries));
    }

    /// Delivers something that is no event; the place says which it is.
    void deliverBytes(int place, String text) {
        add(Poll.of(List.of(Delivery.undecodable(
                new Place(place),
                new Undecodable(
                        text.getBytes(StandardCharsets.UTF_8),
                        "application/x-broken",
                        new IllegalArgumentException("no event"))))));
    }

    /// Whether everything that was written down has been polled.
    synchronized boolean isPlayed() {
        return script.isEmpty();
    }

    /// Has the next polls fail.
    synchronized void failPolls(int count) {
        failingPolls = count;
    }

    /// What was settled, by id or, where it is no event, by place; in order.
    synchronized List<String> settled() {
        return List.copyOf(settled);
    }

    @Override
    public synchronized Poll poll(int maxEvents) {
        if (failingPolls > 0) {
            failingPolls--;
            throw new TransportException(name(), "out of order", null);
        }
        Poll next = script.peek();
        if (next == null || (maxEvents == 0 && !next.deliveries().isEmpty())) {
            return Poll.EMPTY;
        }
        return script.remove();
    }

    @Override
    public synchronized void settle(Collection<Delivery> done) {
        for (Delivery delivery : done) {
            DomainEvent event = delivery.event();
            settled.add(event == null ? delivery.receipt().toString() : event.id());
        }
    }

    @Override
    public long lag() {
        return 0;
    }

    @Override
    public String name() {
        return "scripted";
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        throw new TransportException(name(), "only delivers", null);
    }

    @Override
    public synchronized Subscription subscribe(GroupMembership membership, Runnable signal) {
        this.signal = signal;
        return this;
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return subject.startsWith("two") ? TWO : ONE;
    }

    @Override
    public boolean isDurable() {
        return false;
    }

    @Override
    public TransportHealth health() {
        return new TransportHealth(true, "scripted");
    }

    @Override
    public void close() {}
}
