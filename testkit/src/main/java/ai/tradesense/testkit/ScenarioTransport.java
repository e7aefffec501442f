package ai.tradesense.testkit;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportHealth;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Carries a scenario's events in memory, but through their JSON as every transport between processes does, so that a
/// record that cannot be written or read fails in its test. Remembers what was sent and what each group is done with.
final class ScenarioTransport implements Transport {
    // Nobody makes room while a publisher waits: the one thread is the publisher's.
    private final Transport transport = new MemoryTransport(MemoryTransport.DEFAULT_CAPACITY, Duration.ZERO);

    // Guarded by this.
    private final List<DomainEvent> sent = new ArrayList<>();
    private final Map<String, Set<String>> settled = new HashMap<>();

    /// What identifies an event.
    static String identity(DomainEvent event) {
        return event.source() + " " + event.id();
    }

    /// Every event, in the order in which it was sent.
    synchronized List<DomainEvent> sent() {
        return List.copyOf(sent);
    }

    /// Whether a group is done with an event, or has it parked.
    synchronized boolean isSettled(String group, DomainEvent event) {
        return settled.getOrDefault(group, Set.of()).contains(identity(event));
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        List<DomainEvent> decoded = events.stream()
                .map(event -> DomainEvent.of(CloudEventJson.read(CloudEventJson.write(event.envelope()))))
                .toList();
        List<Published> outcome = transport.send(decoded);
        synchronized (this) {
            for (int i = 0; i < outcome.size(); i++) {
                if (!outcome.get(i).duplicate()) {
                    sent.add(decoded.get(i));
                }
            }
        }
        return outcome;
    }

    private synchronized void settled(String group, Collection<Delivery> done) {
        Set<String> ofGroup = settled.computeIfAbsent(group, created -> new HashSet<>());
        for (Delivery delivery : done) {
            DomainEvent event = delivery.event();
            if (event != null) {
                ofGroup.add(identity(event));
            }
        }
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        Subscription subscription = transport.subscribe(membership, signal);
        return new Subscription() {
            @Override
            public Poll poll(int maxEvents) {
                return subscription.poll(maxEvents);
            }

            @Override
            public void settle(Collection<Delivery> done) {
                settled(membership.group(), done);
                subscription.settle(done);
            }

            @Override
            public long lag() {
                return subscription.lag();
            }

            @Override
            public void close() {
                subscription.close();
            }
        };
    }

    @Override
    public String name() {
        return "scenario";
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return transport.partitionOf(domain, subject);
    }

    @Override
    public boolean filtersDuplicates() {
        return true;
    }

    @Override
    public boolean isDurable() {
        return false;
    }

    @Override
    public TransportHealth health() {
        return transport.health();
    }

    @Override
    public void close() {
        transport.close();
    }
}
