package ai.tradesense.kafka;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.TransactionalTransport;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.kafka.common.TopicPartition;
import org.jspecify.annotations.Nullable;

/// One member of a group, as its worker sees it. What it has and what it delivers is here; how it comes by it is in
/// [MemberLoop], whose thread alone talks to Kafka for the group. [#poll] and [#settle] never wait for Kafka.
final class KafkaSubscription implements TransactionalTransport.Results {
    private final KafkaTransport transport;
    private final GroupMembership membership;
    private final Runnable signal;
    private final MemberLoop loop;
    private final boolean transactional;
    private final EventRecords reader = new EventRecords();

    // Guarded by this.
    private final Map<Partition, Assignment> owned = new LinkedHashMap<>();
    private Map<Partition, Assignment> told = Map.of(); // those that poll has told of
    private List<Assignment> current = List.of(); // the same
    private boolean changed;
    private int turn;
    private boolean closed;

    /// @param startOffsets as [Groups#prepare] gives them
    /// @param transactions where they come from; null if the member publishes in none
    KafkaSubscription(
            KafkaTransport transport,
            GroupMembership membership,
            Runnable signal,
            Map<TopicPartition, Long> startOffsets,
            @Nullable TransactionSource transactions) {
        this.transport = transport;
        this.membership = membership;
        this.signal = signal;
        this.transactional = transactions != null;
        this.loop = new MemberLoop(transport, this, startOffsets, transactions);
    }

    GroupMembership membership() {
        return membership;
    }

    /// Whether positions are committed together with what handlers publish.
    boolean isTransactional() {
        return transactional;
    }

    /// Joins, and waits for a share of the work for a short while.
    void join() {
        loop.start();
    }

    /// There may be a topic that it should read.
    void topicsChanged() {
        loop.topicsChanged();
    }

    // What the group's worker calls.

    @Override
    public Poll poll(int maxEvents) {
        transport.requireOpen();
        List<Partition> lost = List.of();
        List<Partition> assigned = List.of();
        List<Delivery> deliveries;
        synchronized (this) {
            if (closed) {
                return Poll.EMPTY;
            }
            if (!owned.isEmpty() && loop.hasLapsed()) {
                endAll();
            }
            if (changed) {
                lost = differing(told, owned);
                assigned = differing(owned, told);
                told = new LinkedHashMap<>(owned);
                current = List.copyOf(owned.values());
                changed = false;
            }
            deliveries = loop.isBehind() ? List.of() : take(maxEvents);
        }
        if (!lost.isEmpty() || !assigned.isEmpty()) {
            return new Poll(lost, assigned, deliveries);
        }
        KafkaTransportException failure = deliveries.isEmpty() ? loop.takeFailure() : null;
        if (failure != null) {
            throw failure;
        }
        return Poll.of(deliveries);
    }

    /// The partitions of which the others have none, or another assignment.
    private static List<Partition> differing(Map<Partition, Assignment> ones, Map<Partition, Assignment> others) {
        List<Partition> differing = new ArrayList<>();
        ones.forEach((partition, assignment) -> {
            if (others.get(partition) != assignment) {
                differing.add(partition);
            }
        });
        return differing;
    }

    /// From one partition after the other, beginning with another one each time.
    private List<Delivery> take(int maxEvents) {
        int outstanding = 0;
        for (Assignment assignment : current) {
            outstanding += assignment.outstanding();
        }
        int room = Math.min(maxEvents, membership.maxInFlight() - outstanding);
        if (room <= 0 || current.isEmpty()) {
            return List.of();
        }
        List<Delivery> deliveries = new ArrayList<>(Math.min(room, 1_024));
        turn = (turn + 1) % current.size();
        for (int i = 0; i < current.size() && deliveries.size() < room; i++) {
            current.get((turn + i) % current.size()).take(room - deliveries.size(), reader, deliveries);
        }
        if (current.stream().anyMatch(Assignment::isReady)) {
            signal.run(); // even if all of these were second copies, and none is delivered
        }
        return deliveries;
    }

    @Override
    public void settle(Collection<Delivery> done) {
        if (done.isEmpty()) {
            return;
        }
        if (transactional) {
            loop.settle(done);
            return;
        }
        boolean moved = false;
        for (Assignment assignment : assignmentsOf(done)) {
            moved |= assignment.settle(done);
        }
        if (moved) {
            loop.settled();
        }
    }

    @Override
    public void caused(Delivery delivery, List<DomainEvent> events) {
        loop.caused(delivery, events);
    }

    private static List<Assignment> assignmentsOf(Collection<Delivery> done) {
        return done.stream()
                .map(Assignment::of)
                .filter(Objects::nonNull)
                .distinct()
                .toList();
    }

    @Override
    public long lag() {
        return transport.isClosed() ? 0 : transport.groups().lag(membership, this::ownedOf);
    }

    private synchronized @Nullable Assignment ownedOf(Partition partition) {
        return owned.get(partition);
    }

    // What the loop's thread calls.

    void gain(Assignment assignment) {
        synchronized (this) {
            Assignment before = owned.put(assignment.partition(), assignment);
            if (before != null) {
                before.end();
            }
            changed = true;
        }
        signal.run();
    }

    void lose(Assignment assignment) {
        assignment.end();
        synchronized (this) {
            changed |= owned.remove(assignment.partition(), assignment);
        }
        signal.run();
    }

    /// Holds the lock.
    private void endAll() {
        owned.values().forEach(Assignment::end);
        owned.clear();
        changed = true;
    }

    /// Records came, or the loop failed.
    void signal() {
        signal.run();
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        transport.remove(this);
        loop.close();
    }
}
