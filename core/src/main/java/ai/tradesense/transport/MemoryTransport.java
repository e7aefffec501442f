package ai.tradesense.transport;

import ai.tradesense.events.DomainEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
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
    public static final int DEFAULT_CAPACITY = 1 << 14;

    /// How many events are remembered to recognise one that is sent again.
    public static final int REMEMBERED = 1 << 15;

    /// How long a publisher waits while the ring is full, before it is refused: a handler that publishes may be what
    /// the room is waiting for.
    public static final Duration DEFAULT_MAX_WAIT = Duration.ofSeconds(10);

    private static final Partition PARTITION = new Partition("memory", 0);

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition roomMade = lock.newCondition();
    private final @Nullable DomainEvent[] ring;
    private final int mask;
    private final RecentEvents recent;
    private final Map<String, Group> groups = new ConcurrentHashMap<>();
    private final Duration maxWait;
    private long head; // the offset of the next event
    private long freeUntil;
    private final AtomicInteger waiting = new AtomicInteger();
    private boolean closed;

    /// A transport of the usual capacity.
    public MemoryTransport() {
        this(DEFAULT_CAPACITY, DEFAULT_MAX_WAIT);
    }

    /// A transport that holds `capacity` events, rounded up to a power of two.
    public MemoryTransport(int capacity) {
        this(capacity, DEFAULT_MAX_WAIT);
    }

    /// A transport whose publishers wait for `maxWait` at most while it is full.
    public MemoryTransport(int capacity, Duration maxWait) {
        if (capacity < 1 || capacity > 1 << 28) {
            throw new IllegalArgumentException("the capacity is " + capacity + ", expected 1 to " + (1 << 28));
        }
        this.maxWait = maxWait;
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
        lock.lock();
        try {
            awaitRoom(events.size());
            for (DomainEvent event : events) {
                boolean isNew = recent.add(event);
                if (isNew) {
                    ring[(int) head & mask] = event;
                    head++;
                }
                outcome.add(new Published(event.id(), !isNew));
            }
        } finally {
            lock.unlock();
        }
        signalAll();
        return outcome;
    }

    /// Waits until a batch fits. The slowest group decides; it is only asked when the room it left is used up.
    private void awaitRoom(int events) {
        if (events > ring.length) {
            throw new TransportException(
                    name(), "a batch of " + events + " events can never fit; the capacity is " + ring.length, null);
        }
        requireOpen();
        if (head + events <= freeUntil) {
            return;
        }
        long nanosLeft = maxWait.toNanos();
        waiting.incrementAndGet(); // before the groups are asked, so that no settlement from now on goes unnoticed
        try {
            freeUntil = lowestUnsettled() + ring.length;
            while (head + events > freeUntil) {
                if (nanosLeft <= 0) {
                    throw new TransportException(
                            name(), "is full: " + ring.length + " events are not settled after " + maxWait, null);
                }
                nanosLeft = roomMade.awaitNanos(nanosLeft);
                requireOpen();
                freeUntil = lowestUnsettled() + ring.length;
            }
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new TransportException(name(), "interrupted while it was full; nothing was sent", interrupted);
        } finally {
            waiting.decrementAndGet();
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new TransportException(name(), "is closed", null);
        }
    }

    private long lowestUnsettled() {
        long lowest = head;
        for (Group group : groups.values()) {
            lowest = Math.min(lowest, group.settled.lowMark());
        }
        return lowest;
    }

    private void signalAll() {
        for (Group group : groups.values()) {
            group.signal();
        }
    }

    /// Publishers that wait are woken when there is room for a good many events, not for each.
    private void signalRoom() {
        if (waiting.get() > 0) {
            lock.lock();
            try {
                if (lowestUnsettled() + ring.length - head >= ring.length / 4) {
                    roomMade.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
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
                return new Group(membership.startFrom() == GroupMembership.StartFrom.END ? head : oldest);
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
    public boolean isDurable() {
        return false;
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

    private record Offset(long offset) implements Receipt {
        @Override
        public String toString() {
            return "memory:" + offset;
        }
    }

    /// A group's position. Its first member has the partition, the others wait to take over.
    private static final class Group {
        private final List<Member> members = new CopyOnWriteArrayList<>();
        private final CompletedOffsets settled;
        private long read; // behind the newest offset that was ever taken
        private final AtomicLong epoch = new AtomicLong();

        Group(long start) {
            this.settled = new CompletedOffsets(start);
            this.read = start;
        }

        void signal() {
            for (Member member : members) {
                member.signal.run();
            }
        }
    }

    private final class Member implements Subscription {
        private final Group group;
        private final Set<String> domains;
        private final Runnable signal;
        private @Nullable String lastWanted; // most events are of the domain of the one before
        private boolean owner;
        private long epoch;
        private long cursor;

        Member(Group group, Set<String> domains, Runnable signal) {
            this.group = group;
            this.domains = Set.copyOf(domains);
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
                    epoch = group.epoch.incrementAndGet();
                    cursor = group.settled.lowMark();
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
                boolean again = cursor < group.read; // by a member before this one
                if (event != null && wants(event) && (!again || group.settled.isOutstanding(cursor))) {
                    if (!again) {
                        group.settled.deliver(cursor);
                    }
                    deliveries.add(Delivery.of(new Offset(cursor), event));
                }
                cursor++;
            }
            group.read = Math.max(group.read, cursor);
            group.settled.skipTo(group.read);
            if (deliveries.isEmpty() && waiting.get() > 0) {
                roomMade.signalAll();
            }
            return deliveries;
        }

        private boolean wants(DomainEvent event) {
            String domain = event.type().domain();
            if (domains.isEmpty() || domain.equals(lastWanted)) {
                return true;
            }
            boolean wanted = domains.contains(domain);
            lastWanted = wanted ? domain : lastWanted;
            return wanted;
        }

        @Override
        public void settle(Collection<Delivery> done) {
            if (epoch == group.epoch.get()) {
                group.settled.complete(done, delivery -> ((Offset) delivery.receipt()).offset);
                signalRoom();
            }
        }

        @Override
        public long lag() {
            lock.lock();
            try {
                long lag = group.settled.outstanding();
                for (long offset = group.read; offset < head; offset++) {
                    DomainEvent event = ring[(int) offset & mask];
                    if (event != null && wants(event)) {
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
                    group.epoch.incrementAndGet();
                }
            } finally {
                lock.unlock();
            }
            group.signal();
        }
    }
}
