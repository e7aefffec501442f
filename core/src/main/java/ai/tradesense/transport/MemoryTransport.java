package ai.tradesense.transport;

import ai.tradesense.events.DomainEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Hands events over as the objects they are, within one process: for tests, and for work that need not survive it.
/// "Durable" means here: in memory.
///
/// A ring holds the latest events. It is one partition; a place is used again when every group has settled what
/// was there, and until then publishers wait. A new group that begins at the beginning begins with what the ring holds.
public final class MemoryTransport implements Transport {
    /// How many events the ring holds unless told otherwise.
    public static final int DEFAULT_CAPACITY = 1 << 16;

    /// How many events are remembered to recognise one that is sent again.
    public static final int REMEMBERED = 1 << 15;

    private static final Partition PARTITION = new Partition("memory", 0);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition roomMade = lock.newCondition();
    private final @Nullable DomainEvent[] ring;
    private final int mask;
    private final RecentEvents recent;
    private final Map<String, Group> groups = new HashMap<>();
    private long head; // the offset of the next event
    private boolean closed;

    /// A transport of the usual capacity.
    public MemoryTransport() {
        this(DEFAULT_CAPACITY);
    }

    /// A transport that holds `capacity` events, rounded up to a power of two.
    public MemoryTransport(int capacity) {
        if (capacity < 1 || capacity > 1 << 28) {
            throw new IllegalArgumentException("the capacity is " + capacity + ", expected 1 to " + (1 << 28));
        }
        int places = Integer.highestOneBit(Math.max(capacity * 2 - 1, 1));
        this.ring = new DomainEvent[places];
        this.mask = places - 1;
        this.recent = new RecentEvents(REMEMBERED);
    }

    @Override
    public String name() {
        return "memory";
    }

    @Override
    public boolean handsOverObjects() {
        return true;
    }

    @Override
    public boolean filtersDuplicates() {
        return true;
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        List<Published> outcome = new ArrayList<>(events.size());
        List<Group> toSignal;
        lock.lock();
        try {
            for (DomainEvent event : events) {
                awaitRoom();
                boolean isNew = recent.add(event);
                if (isNew) {
                    ring[(int) head & mask] = event;
                    head++;
                }
                outcome.add(new Published(event.id(), !isNew));
            }
            toSignal = groups.isEmpty() ? List.of() : List.copyOf(groups.values());
        } finally {
            lock.unlock();
        }
        toSignal.forEach(Group::signal);
        return outcome;
    }

    /// The slowest group decides; the check is against a bound that is only renewed when it is reached.
    private void awaitRoom() {
        while (true) {
            if (closed) {
                throw new TransportException(name(), "is closed", null);
            }
            if (head < freeUntil) {
                return;
            }
            freeUntil = lowestUnsettled() + ring.length;
            if (head < freeUntil) {
                return;
            }
            groups.values().forEach(Group::signal);
            try {
                roomMade.await();
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new TransportException(
                        name(), "interrupted while it was full; not every event of the batch was sent", interrupted);
            }
        }
    }

    private long freeUntil;

    private long lowestUnsettled() {
        long lowest = head;
        for (Group group : groups.values()) {
            lowest = Math.min(lowest, group.settled.lowMark);
        }
        return lowest;
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        lock.lock();
        try {
            if (closed) {
                throw new TransportException(name(), "is closed", null);
            }
            Group group = groups.computeIfAbsent(membership.group(), name -> {
                long oldest = Math.max(0, head - ring.length);
                return new Group(membership.startFrom() == GroupMembership.StartFrom.END ? head : oldest, ring.length);
            });
            freeUntil = 0;
            Member member = new Member(group, membership.domains(), signal);
            group.members.add(member);
            return member;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return PARTITION;
    }

    @Override
    public TransportHealth health() {
        lock.lock();
        try {
            return closed
                    ? new TransportHealth(false, "closed")
                    : new TransportHealth(true, "in memory; events do not survive this process");
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            roomMade.signalAll();
        } finally {
            lock.unlock();
        }
    }

    private record Offset(Group group, long epoch, long offset) implements Receipt {
        @Override
        public String toString() {
            return "memory:" + offset;
        }
    }

    /// A group's position. Its first member has the partition, the others wait to take over.
    private static final class Group {
        private final List<Member> members = new CopyOnWriteArrayList<>();
        private final Settled settled;
        private long epoch;

        Group(long start, int places) {
            this.settled = new Settled(start, places);
        }

        void signal() {
            for (Member member : members) {
                member.signal.run();
            }
        }
    }

    /// Which offsets a group is done with: all below the low mark, and a bit for each place of the ring above it.
    private static final class Settled {
        private final long[] bits;
        private final int mask;
        private long lowMark;

        Settled(long start, int places) {
            this.lowMark = start;
            this.bits = new long[Math.max(1, places >> 6)];
            this.mask = places - 1;
        }

        boolean contains(long offset) {
            int place = (int) offset & mask;
            return offset < lowMark || (bits[place >> 6] & (1L << place)) != 0;
        }

        void add(long offset) {
            if (offset < lowMark) {
                return;
            }
            if (offset > lowMark) {
                int place = (int) offset & mask;
                bits[place >> 6] |= 1L << place;
                return;
            }
            lowMark++;
            int place = (int) lowMark & mask;
            while ((bits[place >> 6] & (1L << place)) != 0) {
                bits[place >> 6] &= ~(1L << place);
                lowMark++;
                place = (int) lowMark & mask;
            }
        }
    }

    private final class Member implements Subscription {
        private final Group group;
        private final Set<String> domains;
        private final Runnable signal;
        private boolean owner;
        private long epoch;
        private long cursor;

        Member(Group group, Set<String> domains, Runnable signal) {
            this.group = group;
            this.domains = domains;
            this.signal = signal;
        }

        @Override
        public Poll poll(int maxEvents) {
            lock.lock();
            try {
                if (!owner) {
                    if (group.members.isEmpty() || group.members.getFirst() != this) {
                        return Poll.EMPTY;
                    }
                    owner = true;
                    epoch = ++group.epoch;
                    cursor = group.settled.lowMark;
                    return new Poll(List.of(), List.of(PARTITION), List.of());
                }
                return Poll.of(take(maxEvents));
            } finally {
                lock.unlock();
            }
        }

        private List<Delivery> take(int maxEvents) {
            List<Delivery> deliveries = new ArrayList<>((int) Math.min(maxEvents, head - cursor));
            while (cursor < head && deliveries.size() < maxEvents) {
                DomainEvent event = ring[(int) cursor & mask];
                if (event != null && wants(event) && !group.settled.contains(cursor)) {
                    deliveries.add(Delivery.of(new Offset(group, epoch, cursor), event));
                } else {
                    group.settled.add(cursor);
                }
                cursor++;
            }
            if (deliveries.isEmpty()) {
                roomMade.signalAll();
            }
            return deliveries;
        }

        private boolean wants(DomainEvent event) {
            return domains.isEmpty() || domains.contains(event.type().domain());
        }

        @Override
        public void settle(Collection<Delivery> done) {
            lock.lock();
            try {
                for (Delivery delivery : done) {
                    Offset receipt = (Offset) delivery.receipt();
                    if (receipt.group == group && receipt.epoch == group.epoch) {
                        group.settled.add(receipt.offset);
                    }
                }
                if (lock.hasWaiters(roomMade)) {
                    roomMade.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }

        @Override
        public long lag() {
            lock.lock();
            try {
                long lag = 0;
                for (long offset = Math.max(group.settled.lowMark, head - ring.length); offset < head; offset++) {
                    DomainEvent event = ring[(int) offset & mask];
                    if (event != null && wants(event) && !group.settled.contains(offset)) {
                        lag++;
                    }
                }
                return lag;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void close() {
            lock.lock();
            try {
                if (!group.members.remove(this)) {
                    return;
                }
                if (owner) {
                    owner = false;
                    group.epoch++;
                }
            } finally {
                lock.unlock();
            }
            group.signal();
        }
    }
}
