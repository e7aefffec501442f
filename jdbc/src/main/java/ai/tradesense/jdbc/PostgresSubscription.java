package ai.tradesense.jdbc;

import ai.tradesense.jdbc.GroupRows.Acquired;
import ai.tradesense.jdbc.GroupRows.Intent;
import ai.tradesense.jdbc.GroupRows.Lease;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.CompletedOffsets;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One member of a group. Which partitions are whose follows from the list of living members, which each
/// member reads by itself; leases see to it that two who read different lists never have the same partition.
///
/// It goes through the log once for all of its partitions: while it keeps up, through the [LogTail], and through
/// the table where that does not reach. [#settle] never waits for the database, [#poll] does only to catch up;
/// [#tend] and [#save] are called by the thread of the [PostgresKeeper].
final class PostgresSubscription implements Subscription {
    private static final Duration HOLD = Duration.ofSeconds(2);
    private static final int READ_AHEAD = 2_000;

    /// How far a group may be ahead of its oldest event that is not settled, in positions.
    private static final long MAX_AHEAD = CompletedOffsets.MAX_SPAN / 2;

    private static final Logger LOG = LoggerFactory.getLogger(PostgresSubscription.class);

    private final PostgresTransport transport;
    private final PostgresPartitions partitions;
    private final GroupMembership membership;
    private final String member;
    private final GroupRows rows;
    private final Runnable signal;
    private final LogTail tail;
    private final PostgresReader reader;
    private final long leaseNanos;
    private final Runnable listener = this::signal;

    // Guarded by this.
    private final Map<Integer, PostgresAssignment> owned = new TreeMap<>();
    private final List<Partition> lost = new ArrayList<>();
    private final List<Partition> assigned = new ArrayList<>();
    private final ArrayDeque<PostgresEvent> readAhead = new ArrayDeque<>();
    private long scanned; // the last position that was read
    private long rewinds;
    private boolean closed;
    private volatile boolean waitsForSaving;

    PostgresSubscription(
            PostgresTransport transport,
            PostgresPartitions partitions,
            GroupMembership membership,
            String member,
            GroupRows rows,
            Runnable signal,
            LogTail tail,
            PostgresReader reader,
            Duration lease) {
        this.transport = transport;
        this.partitions = partitions;
        this.membership = membership;
        this.member = member;
        this.rows = rows;
        this.signal = signal;
        this.tail = tail;
        this.reader = reader;
        this.leaseNanos = lease.toNanos();
    }

    void begin() {
        tail.addReader();
        tail.addSignal(listener);
    }

    private void signal() {
        signal.run();
    }

    // What the group's worker calls.

    @Override
    public Poll poll(int maxEvents) {
        transport.requireOpen();
        List<Partition> nowLost;
        List<Partition> nowAssigned;
        List<Delivery> deliveries = new ArrayList<>();
        Scan scan;
        synchronized (this) {
            if (closed) {
                return Poll.EMPTY;
            }
            forgetLapsed();
            nowLost = List.copyOf(lost);
            nowAssigned = List.copyOf(assigned);
            lost.clear();
            assigned.clear();
            scan = take(maxEvents, deliveries);
        }
        if (scan != null && deliveries.isEmpty() && nowLost.isEmpty() && nowAssigned.isEmpty()) {
            PostgresReader.Page page = read(scan);
            boolean more = true;
            synchronized (this) {
                if (rewinds == scan.rewinds && !closed) { // or else there may be partitions that nobody was told of
                    readAhead.addAll(page.events());
                    scanned = page.last();
                    forgetLapsed(); // reading may have taken long
                    more = take(maxEvents, deliveries) != null;
                }
            }
            if (more) {
                signal(); // there was nothing of its own, or it has others by now
            }
        }
        return nowLost.isEmpty() && nowAssigned.isEmpty()
                ? Poll.of(deliveries)
                : new Poll(nowLost, nowAssigned, deliveries);
    }

    /// A stretch of the table that is to be read.
    private record Scan(long after, Set<Integer> partitions, long rewinds) {}

    private PostgresReader.Page read(Scan scan) {
        try {
            return reader.read(scan.after, tail.head(), scan.partitions, membership.domains());
        } catch (StoreException failure) {
            throw PostgresTransport.problem(failure);
        }
    }

    /// Takes what was read ahead, and what the tail holds.
    ///
    /// @return what has to be read from the table to go on; null if nothing has
    private @Nullable Scan take(int maxEvents, List<Delivery> into) {
        waitsForSaving = true; // before it is asked, so that the end of it is not missed
        if (transport.keeper().isBehind()) {
            return null;
        }
        waitsForSaving = false;
        int room = Math.min(maxEvents, membership.maxInFlight() - outstanding());
        boolean tooFarAhead = owned.values().stream().anyMatch(each -> each.ahead() > MAX_AHEAD);
        if (room <= 0 || tooFarAhead || owned.values().stream().allMatch(PostgresAssignment::isHeld)) {
            return null;
        }
        boolean more = true;
        while (more && into.size() < room) {
            deliver(room, into);
            more = readAhead.isEmpty() && readTail();
        }
        if (!into.isEmpty()) {
            if (!readAhead.isEmpty() || scanned < tail.head()) {
                signal();
            }
            return null;
        }
        return scanned < tail.head() ? new Scan(scanned, Set.copyOf(owned.keySet()), rewinds) : null;
    }

    private int outstanding() {
        int outstanding = 0;
        for (PostgresAssignment assignment : owned.values()) {
            outstanding += assignment.outstanding();
        }
        return outstanding;
    }

    /// Delivers what was read ahead. What is held, or not its own any more, is passed over: should it become its
    /// own again, it is read again.
    private void deliver(int room, List<Delivery> into) {
        while (!readAhead.isEmpty() && into.size() < room) {
            PostgresEvent event = readAhead.remove();
            PostgresAssignment assignment = owned.get(event.partition());
            if (assignment != null && !assignment.isHeld() && event.position() >= assignment.next()) {
                into.add(assignment.deliver(event.position(), event));
            }
        }
        if (readAhead.isEmpty()) {
            for (PostgresAssignment assignment : owned.values()) {
                if (!assignment.isHeld()) {
                    assignment.skipTo(scanned + 1);
                }
            }
        }
    }

    /// @return whether the tail holds what comes next, if anything does
    private boolean readTail() {
        long next = tail.read(
                scanned + 1,
                membership.domains(),
                READ_AHEAD,
                (position, event) -> readAhead.add(new PostgresEvent(
                        position, partitions.numberOf(event.type().domain(), event.subject()), event, null)));
        boolean moved = next > scanned + 1;
        scanned = next - 1;
        return moved;
    }

    /// Goes back to where the first of its partitions is to go on.
    private void rewind() {
        long first = Long.MAX_VALUE;
        for (PostgresAssignment assignment : owned.values()) {
            first = assignment.isHeld() ? first : Math.min(first, assignment.next());
        }
        if (first != Long.MAX_VALUE) {
            readAhead.clear();
            scanned = first - 1;
            rewinds++;
        }
    }

    @Override
    public void settle(Collection<Delivery> done) {
        if (done.isEmpty()) {
            return;
        }
        done.stream()
                .map(PostgresAssignment::of)
                .filter(Objects::nonNull)
                .distinct()
                .forEach(assignment -> assignment.settle(done));
        transport.keeper().saveSoon();
    }

    /// Counted as far as it is not much, and else estimated by the distance of the positions.
    @Override
    public long lag() {
        if (transport.isClosed()) {
            return 0;
        }
        try {
            Map<Integer, Long> done = new HashMap<>(transport.keeper().with(rows::positions));
            long inFlight;
            synchronized (this) {
                inFlight = outstanding();
                owned.forEach((number, assignment) -> done.put(number, assignment.next() - 1));
            }
            return inFlight + reader.countBehind(done, membership.domains());
        } catch (StoreException failure) {
            throw PostgresTransport.problem(failure);
        }
    }

    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            readAhead.clear();
        }
        tail.removeSignal(listener);
        tail.removeReader();
        try {
            transport.keeper().durably(connection -> {
                rows.tend(connection, giveUp(), Intent.RELEASE);
                rows.leave(connection);
                return true;
            });
        } catch (StoreException failure) {
            LOG.warn(
                    "group {} is left without a word to the database: its partitions are free when the lease has lapsed,"
                            + " and what was settled last may come again",
                    membership.group(),
                    failure);
        } finally {
            transport.remove(this);
            transport.groupsChanged();
        }
    }

    private synchronized List<Lease> giveUp() {
        List<Lease> left =
                owned.values().stream().map(PostgresSubscription::lease).toList();
        owned.clear();
        return left;
    }

    private static Lease lease(PostgresAssignment assignment) {
        return new Lease(assignment.partition().number(), assignment.epoch(), assignment.position());
    }

    // What the keeper's thread calls.

    /// Saves the positions that have moved.
    void save(Connection connection) throws SQLException {
        Map<PostgresAssignment, Lease> moved = new LinkedHashMap<>();
        synchronized (this) {
            for (PostgresAssignment assignment : owned.values()) {
                if (!assignment.isSaved()) {
                    moved.put(assignment, lease(assignment));
                }
            }
        }
        tend(connection, moved, Intent.KEEP);
    }

    /// What has moved is saved.
    void saved() {
        if (waitsForSaving) {
            signal();
        }
    }

    /// Shows that this member lives, keeps its leases, takes what is to be its own and gives up what is not.
    ///
    /// @return whether it is to be called again soon, because a partition is about to change hands
    boolean tend(Connection connection) throws SQLException {
        synchronized (this) {
            if (closed) { // and has left, or will when this connection is free
                return false;
            }
        }
        long asked = System.nanoTime();
        List<String> living = rows.join(connection);
        Map<PostgresAssignment, Lease> toExtend = new LinkedHashMap<>();
        Map<PostgresAssignment, Lease> toRelease = new LinkedHashMap<>();
        List<Integer> toAcquire = new ArrayList<>();
        boolean changing = false;
        synchronized (this) {
            if (closed) {
                return false;
            }
            forgetLapsed();
            boolean wasHeld = owned.values().stream().anyMatch(PostgresAssignment::isHeld);
            for (int number = 0; number < partitions.count(); number++) {
                boolean mine = living.isEmpty() || member.equals(living.get(number % living.size()));
                PostgresAssignment assignment = owned.get(number);
                if (assignment == null) {
                    if (mine) {
                        toAcquire.add(number);
                    }
                    continue;
                }
                if (mine) {
                    assignment.holdNoMore();
                } else {
                    assignment.hold(asked, HOLD);
                    changing = true;
                }
                boolean mayGo = assignment.isHeld() && assignment.outstanding() == 0;
                (mayGo ? toRelease : toExtend).put(assignment, lease(assignment));
            }
            if (wasHeld) {
                rewind();
                signal();
            }
        }
        tend(connection, toExtend, Intent.EXTEND);
        synchronized (this) {
            toExtend.keySet().forEach(assignment -> assignment.livesUntil(asked + leaseNanos));
        }
        tend(connection, toRelease, Intent.RELEASE);
        toRelease.keySet().forEach(this::lose);
        List<Acquired> acquired = rows.acquire(connection, toAcquire);
        acquired.forEach(each -> gain(each, asked + leaseNanos));
        if (!toRelease.isEmpty()) {
            transport.groupsChanged();
        }
        return changing || acquired.size() < toAcquire.size();
    }

    private void tend(Connection connection, Map<PostgresAssignment, Lease> leases, Intent intent) throws SQLException {
        Set<Integer> held = rows.tend(connection, List.copyOf(leases.values()), intent);
        for (Map.Entry<PostgresAssignment, Lease> each : leases.entrySet()) {
            PostgresAssignment assignment = each.getKey();
            if (held.contains(each.getValue().partition())) {
                synchronized (this) {
                    assignment.saved(each.getValue().position());
                }
            } else {
                LOG.warn("group {} has lost partition {} to another member", membership.group(), assignment);
                lose(assignment);
            }
        }
    }

    /// Leases that may have lapsed while nothing was heard of the database are another's, as far as one can know.
    private void forgetLapsed() {
        long now = System.nanoTime();
        for (PostgresAssignment assignment : List.copyOf(owned.values())) {
            if (assignment.hasLapsed(now)) {
                LOG.warn("group {} could not extend its lease on {}", membership.group(), assignment);
                lose(assignment);
            }
        }
    }

    private synchronized void lose(PostgresAssignment assignment) {
        Partition partition = assignment.partition();
        if (owned.remove(partition.number(), assignment)) {
            if (!assigned.remove(partition)) {
                lost.add(partition);
            }
            signal();
        }
    }

    /// The database has failed over: what was settled here says nothing of what stands there now.
    synchronized void forget() {
        List.copyOf(owned.values()).forEach(this::lose);
        readAhead.clear();
        rewinds++;
    }

    private synchronized void gain(Acquired got, long aliveUntil) {
        if (!closed) { // or else the lease lapses by itself
            Partition partition = partitions.of(got.partition());
            owned.put(got.partition(), new PostgresAssignment(partition, got.epoch(), got.position(), aliveUntil));
            assigned.add(partition);
            rewind();
            signal();
        }
    }
}
