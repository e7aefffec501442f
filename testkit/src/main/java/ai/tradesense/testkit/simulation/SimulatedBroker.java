package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.testkit.simulation.Faults.Fault;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.transport.TransportHealth;
import ai.tradesense.transport.Undecodable;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// A broker that several instances are connected to: a log of partitions, and groups that share them out.
final class SimulatedBroker {
    static final String NAME = "simulated";

    private static final Duration ROOM_CHECK = Duration.ofMillis(20);
    private static final Duration MAX_WAIT_FOR_ROOM = Duration.ofSeconds(5);

    private final World world;
    private final List<List<LogRecord>> log = new ArrayList<>();
    private final Set<String> stored = new HashSet<>();
    private final Map<String, BrokerGroup> groups = new LinkedHashMap<>();

    SimulatedBroker(World world) {
        this.world = world;
        for (int partition = 0; partition < world.setup().partitions(); partition++) {
            log.add(new ArrayList<>());
        }
    }

    World world() {
        return world;
    }

    int partitions() {
        return log.size();
    }

    Partition partition(int number) {
        return new Partition(NAME, number);
    }

    Partition partitionOf(String domain, String subject) {
        return partition(Math.floorMod(31 * domain.hashCode() + subject.hashCode(), log.size()));
    }

    Partition partitionOf(OrderKey key) {
        return partitionOf(key.domain(), key.subject());
    }

    List<LogRecord> records(int partition) {
        return log.get(partition);
    }

    Collection<BrokerGroup> groups() {
        return groups.values();
    }

    BrokerGroup group(String name) {
        return groups.computeIfAbsent(name, created -> new BrokerGroup(created, this));
    }

    /// What an instance uses of this broker.
    Transport connect(Instance instance) {
        return new Connection(instance);
    }

    /// An instance was killed: its groups notice after a while.
    void died(Instance instance) {
        for (BrokerGroup group : groups.values()) {
            Duration noticed = world.faults().between(Duration.ofMillis(50), Duration.ofSeconds(2));
            world.timers().after(noticed, () -> group.remove(instance));
        }
    }

    /// Stores bytes that are no event.
    void storeBytes(int partition, String text) {
        Undecodable undecodable = new Undecodable(
                text.getBytes(StandardCharsets.UTF_8),
                "application/octet-stream",
                new IllegalArgumentException("no event"));
        LogRecord record =
                new LogRecord(partition(partition), log.get(partition).size(), null, undecodable);
        append(record);
    }

    private boolean store(DomainEvent event) {
        boolean isNew = stored.add(event.source() + " " + event.id());
        if (isNew || !world.setup().filtersDuplicates()) {
            Partition partition = partitionOf(event.orderKey());
            append(new LogRecord(partition, log.get(partition.number()).size(), event, null));
        }
        return isNew;
    }

    private void append(LogRecord record) {
        log.get(record.partition().number()).add(record);
        world.trace().note("broker", "stores at " + record.place(), record.about(), record.subject());
        world.invariants().published(record);
        groups.values().forEach(group -> group.appended(record));
    }

    private boolean isFull() {
        return groups.values().stream()
                .anyMatch(group -> group.outstanding() >= world.setup().capacity());
    }

    /// The connection of one instance. Every call may fail, take a while, or be the instance's last.
    private final class Connection implements Transport {
        private final Instance instance;

        Connection(Instance instance) {
            this.instance = instance;
        }

        @Override
        public String name() {
            return NAME;
        }

        @Override
        public boolean handsOverObjects() {
            return true;
        }

        @Override
        public boolean filtersDuplicates() {
            return world.setup().filtersDuplicates();
        }

        @Override
        public List<Published> send(List<DomainEvent> events) {
            world.disturb(instance);
            awaitRoom();
            if (world.faults().strikes(Fault.SEND_FAILS)) {
                throw failure("did not take it");
            }
            boolean late = world.faults().strikes(Fault.SEND_FAILS_LATE);
            int taken = late ? world.faults().choose(events.size() + 1) : events.size();
            List<Published> outcome = new ArrayList<>();
            for (DomainEvent event : events.subList(0, taken)) {
                outcome.add(new Published(event.id(), !store(event)));
                if (world.faults().strikes(Fault.STORED_TWICE)) {
                    Duration delay = world.faults().between(Duration.ZERO, Duration.ofSeconds(2));
                    world.timers().after(delay, () -> store(event));
                }
            }
            world.disturb(instance);
            if (late) {
                throw failure("took " + taken + " of " + events.size() + " and did not answer");
            }
            return outcome;
        }

        private void awaitRoom() {
            Instant patience = world.clock().instant().plus(MAX_WAIT_FOR_ROOM);
            while (isFull()) {
                if (world.clock().instant().isAfter(patience)) {
                    throw failure("is full");
                }
                world.pauses().pause(ROOM_CHECK);
            }
        }

        private TransportException failure(String message) {
            world.trace().note(instance.name(), "transport " + message);
            return new TransportException(NAME, message, null);
        }

        @Override
        public Subscription subscribe(GroupMembership membership, Runnable signal) {
            instance.requireAlive();
            return group(membership.group()).join(instance, membership.domains(), signal);
        }

        @Override
        public Partition partitionOf(String domain, String subject) {
            return SimulatedBroker.this.partitionOf(domain, subject);
        }

        @Override
        public TransportHealth health() {
            return new TransportHealth(true, "simulated");
        }

        @Override
        public void close() {}
    }
}
