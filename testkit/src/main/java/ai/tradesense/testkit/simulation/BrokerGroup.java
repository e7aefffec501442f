package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.Partition;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// A consumer group at the simulated broker: who has which partition, in which epoch, and how far each is settled.
///
/// A partition moves in one of two ways. In good order its owner learns in its next poll that it has lost it, and only
/// then somebody else gets it. When the broker takes its owner for dead, somebody else gets it at once, and the owner,
/// if it lives, learns of it some time later. In both, handlers of the old owner may still be running.
final class BrokerGroup {
    private final String name;
    private final SimulatedBroker broker;
    private final World world;
    private final List<Share> shares = new ArrayList<>();
    private final List<BrokerMember> members = new ArrayList<>();
    private Set<String> domains = Set.of();

    BrokerGroup(String name, SimulatedBroker broker) {
        this.name = name;
        this.broker = broker;
        this.world = broker.world();
        for (int number = 0; number < broker.partitions(); number++) {
            shares.add(new Share(number));
        }
    }

    String name() {
        return name;
    }

    List<Share> shares() {
        return shares;
    }

    /// Whether the group is to get a record at all.
    boolean wants(LogRecord record) {
        DomainEvent event = record.event();
        return event == null
                || domains.isEmpty()
                || domains.contains(event.type().domain());
    }

    BrokerMember join(Instance instance, Set<String> domains, Runnable signal) {
        this.domains = domains;
        BrokerMember member = new BrokerMember(this, broker, instance, signal);
        members.add(member);
        world.trace().note(instance.name(), "joins " + name);
        share();
        return member;
    }

    /// The broker takes an instance for dead.
    void remove(Instance instance) {
        members.stream()
                .filter(member -> member.instance() == instance)
                .toList()
                .forEach(this::remove);
    }

    void remove(BrokerMember member) {
        if (members.remove(member)) {
            world.trace().note(member.instance().name(), "is out of " + name);
            shares.forEach(share -> share.forget(member));
            share();
        }
    }

    /// The member of an instance; null if it is none.
    @Nullable
    BrokerMember member(Instance instance) {
        for (BrokerMember member : members) {
            if (member.instance() == instance) {
                return member;
            }
        }
        return null;
    }

    /// Shares the partitions out among members, evenly and differently each time.
    void share() {
        if (members.isEmpty()) {
            return;
        }
        boolean moves = world.isExposedTo(Hazard.MOVES) || world.isExposedTo(Hazard.TAKEN_AWAY);
        int first = world.faults().choose(members.size());
        for (Share share : shares) {
            if (moves || share.owner == null) {
                share.moveTo(members.get((first + share.number) % members.size()), inGoodOrder());
            }
        }
    }

    private boolean inGoodOrder() {
        return !world.isExposedTo(Hazard.TAKEN_AWAY)
                || (world.isExposedTo(Hazard.MOVES) && world.faults().choose(2) == 0);
    }

    void appended(LogRecord record) {
        Share share = shares.get(record.partition().number());
        if (wants(record)) {
            share.pending.add(record.offset());
            BrokerMember owner = share.owner;
            if (owner != null) {
                owner.signalSoon();
            }
        }
    }

    /// How many records of the group are not settled.
    int outstanding() {
        int outstanding = 0;
        for (Share share : shares) {
            for (LogRecord record : broker.records(share.number)) {
                outstanding += wants(record) && !share.settled.contains(record.offset()) ? 1 : 0;
            }
        }
        return outstanding;
    }

    /// What one group knows of one partition.
    final class Share {
        private final int number;
        private final SortedSet<Integer> pending = new TreeSet<>(); // not delivered in this epoch
        private final Set<Integer> settled = new TreeSet<>(); // in this epoch or durably before it
        private final Set<Integer> durable = new TreeSet<>();
        private int epoch;
        private @Nullable BrokerMember owner;
        private @Nullable BrokerMember next; // gets it as soon as the owner has let go

        private Share(int number) {
            this.number = number;
        }

        int number() {
            return number;
        }

        Partition partition() {
            return broker.partition(number);
        }

        int epoch() {
            return epoch;
        }

        Set<Integer> pending() {
            return pending;
        }

        boolean isOf(BrokerMember member) {
            return owner == member;
        }

        boolean isMoving() {
            return next != null;
        }

        boolean isSettled(int offset) {
            return settled.contains(offset);
        }

        private void moveTo(BrokerMember target, boolean inGoodOrder) {
            BrokerMember current = owner;
            if (current == target) {
                next = null;
            } else if (current != null && inGoodOrder) {
                next = target;
                current.signalSoon();
            } else {
                grant(target);
            }
        }

        /// The owner has learned that it has lost the partition.
        void letGo() {
            commit();
            BrokerMember target = next;
            if (target != null) {
                grant(target);
            }
        }

        private void forget(BrokerMember member) {
            if (next == member) {
                next = null;
            }
            if (owner == member) {
                BrokerMember target = next;
                grant(target);
            }
        }

        private void grant(@Nullable BrokerMember target) {
            next = null;
            owner = target;
            epoch++;
            settled.clear();
            settled.addAll(durable);
            pending.clear();
            for (LogRecord record : broker.records(number)) {
                if (wants(record) && !durable.contains(record.offset())) {
                    pending.add(record.offset());
                }
            }
            world.trace()
                    .note(
                            name,
                            "gives " + partition() + " to "
                                    + (target == null
                                            ? "nobody"
                                            : target.instance().name()) + ", epoch " + epoch
                                    + ", from " + pending);
            if (target != null) {
                target.signalSoon();
            }
        }

        void settle(LogRecord record) {
            settled.add(record.offset());
        }

        /// Makes durable what is settled: each record where the broker knows records, and otherwise a position, below
        /// which everything is settled.
        void commit() {
            durable.clear();
            if (world.setup().settlesRecords()) {
                durable.addAll(settled);
                return;
            }
            for (LogRecord record : broker.records(number)) {
                if (settled.contains(record.offset())) {
                    durable.add(record.offset());
                } else if (wants(record)) {
                    return;
                }
            }
        }
    }
}
