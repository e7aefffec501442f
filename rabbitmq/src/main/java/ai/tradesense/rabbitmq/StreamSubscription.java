package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.StreamGroupState.Lease;
import ai.tradesense.rabbitmq.StreamGroupState.Living;
import ai.tradesense.rabbitmq.StreamReadAhead.Gap;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One member of a group. Which partitions are to be whose follows from the list of living members, which each
/// member reads by itself in the group's log; what is written there sees to it that two who read it at different
/// times never have the same partition.
///
/// [#poll] and [#settle] never wait for the broker; [#tend] and [#save] do, in the thread of the [StreamKeeper].
final class StreamSubscription implements Subscription {
    private static final Duration HOLD = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(StreamSubscription.class);

    private final RabbitStreamTransport transport;
    private final GroupMembership membership;
    private final Runnable signal;
    private final StreamMember member;
    private final AtomicBoolean toSave = new AtomicBoolean();
    private final ReentrantLock writing = new ReentrantLock(); // nothing is written behind the goodbye
    private int readTurn; // of the keeper's thread

    // Guarded by this.
    private final Map<Partition, StreamAssignment> owned = new LinkedHashMap<>();
    private final Map<Partition, StreamAssignment> former =
            new HashMap<>(); // what is known of those, should they return
    private final Set<Partition> replaced = new HashSet<>(); // to be begun anew
    private final ArrayDeque<Delivery> words = new ArrayDeque<>(); // on what is gone, to be given before events
    private final List<Partition> lost = new ArrayList<>();
    private final List<Partition> assigned = new ArrayList<>();
    private List<StreamAssignment> current = List.of(); // those that poll has told of
    private int turn;
    private boolean closed;
    private @Nullable RabbitTransportException failure;

    StreamSubscription(
            RabbitStreamTransport transport, GroupMembership membership, Runnable signal, StreamMember member) {
        this.transport = transport;
        this.membership = membership;
        this.signal = signal;
        this.member = member;
    }

    private String group() {
        return membership.group();
    }

    // What the group's worker calls.

    @Override
    public Poll poll(int maxEvents) {
        transport.requireOpen();
        List<Partition> nowLost;
        List<Partition> nowAssigned;
        List<Delivery> deliveries;
        synchronized (this) {
            if (closed) {
                return Poll.EMPTY;
            }
            forgetLapsed();
            nowLost = List.copyOf(lost);
            nowAssigned = List.copyOf(assigned);
            lost.clear();
            assigned.clear();
            if (!nowLost.isEmpty() || !nowAssigned.isEmpty()) {
                current = List.copyOf(owned.values());
            }
            deliveries = take(maxEvents);
            RabbitTransportException trouble = failure;
            if (nowLost.isEmpty() && nowAssigned.isEmpty() && deliveries.isEmpty() && trouble != null) {
                failure = null;
                throw trouble;
            }
        }
        return nowLost.isEmpty() && nowAssigned.isEmpty()
                ? Poll.of(deliveries)
                : new Poll(nowLost, nowAssigned, deliveries);
    }

    /// From one partition after the other, beginning with another one each time.
    private List<Delivery> take(int maxEvents) {
        int outstanding = 0;
        for (StreamAssignment assignment : current) {
            outstanding += assignment.outstanding();
        }
        int room = Math.min(maxEvents, membership.maxInFlight() - outstanding);
        if (room <= 0 || (current.isEmpty() && words.isEmpty())) {
            return List.of();
        }
        List<Delivery> deliveries = new ArrayList<>(Math.min(room, 1_024));
        while (!words.isEmpty() && deliveries.size() < room) {
            deliveries.add(words.remove());
        }
        if (current.isEmpty()) {
            return deliveries;
        }
        turn = (turn + 1) % current.size();
        for (int i = 0; i < current.size() && deliveries.size() < room; i++) {
            current.get((turn + i) % current.size()).take(room - deliveries.size(), deliveries);
        }
        if (deliveries.size() == room && (!words.isEmpty() || current.stream().anyMatch(StreamAssignment::isReady))) {
            signal.run();
        }
        return deliveries;
    }

    @Override
    public void settle(Collection<Delivery> done) {
        if (done.isEmpty()) {
            return;
        }
        boolean moved = false;
        StreamAssignment first = StreamAssignment.of(done.iterator().next());
        if (done.size() == 1 || done.stream().allMatch(delivery -> StreamAssignment.of(delivery) == first)) {
            moved = first != null && first.settle(done);
        } else {
            Map<StreamAssignment, List<Delivery>> byAssignment = new HashMap<>();
            for (Delivery delivery : done) {
                StreamAssignment assignment = StreamAssignment.of(delivery);
                if (assignment != null) {
                    byAssignment
                            .computeIfAbsent(assignment, each -> new ArrayList<>())
                            .add(delivery);
                }
            }
            for (Map.Entry<StreamAssignment, List<Delivery>> each : byAssignment.entrySet()) {
                moved |= each.getKey().settle(each.getValue());
            }
        }
        if (moved && !toSave.getAndSet(true)) {
            transport.keeper().saveSoon();
        }
    }

    /// What this member holds, what the others said they hold, and what is there of partitions that nobody has.
    @Override
    public long lag() {
        if (transport.isClosed()) {
            return 0;
        }
        List<Living> living = member.living();
        Set<String> names = member.names(living);
        long lag = living.stream().mapToLong(Living::unsettled).sum() + untold();
        for (String domain : transport.domainsOf(membership)) {
            for (Partition partition : transport.partitioning().ofDomain(domain)) {
                StreamAssignment own = ownedOf(partition);
                Lease lease = member.state().lease(partition);
                if (own != null) {
                    lag += own.lag();
                } else if (lease.owner() == null || !names.contains(lease.owner()) || member.is(lease.owner())) {
                    long end = transport.tail().end(transport.directory().stream(partition));
                    lag += Math.max(0, end - lease.position());
                }
            }
        }
        return lag;
    }

    private synchronized int untold() {
        return words.size();
    }

    private synchronized @Nullable StreamAssignment ownedOf(Partition partition) {
        return owned.get(partition);
    }

    @Override
    public void close() {
        List<StreamAssignment> left;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            left = List.copyOf(owned.values());
            owned.clear();
            current = List.of();
        }
        transport.keeper().remove(this);
        List<String> lines = new ArrayList<>();
        writing.lock();
        try {
            for (StreamAssignment assignment : left) {
                lines.add(StreamGroupState.release(assignment.partition(), assignment.state(member.name())));
                assignment.end();
            }
            member.leave(lines);
        } finally {
            writing.unlock();
        }
        transport.keeper().tendNow();
    }

    // What the keeper's thread calls.

    /// Writes down what was settled.
    void save() {
        if (!toSave.getAndSet(false)) {
            return;
        }
        Map<StreamAssignment, Lease> moved = new LinkedHashMap<>();
        for (StreamAssignment assignment : ownedNow()) {
            Lease state = assignment.toWrite(member.name());
            if (state != null) {
                moved.put(assignment, state);
            }
        }
        if (!moved.isEmpty()) {
            write(moved);
        }
    }

    private void write(Map<StreamAssignment, Lease> moved) {
        List<String> lines = new ArrayList<>();
        moved.forEach((assignment, state) -> lines.add(StreamGroupState.done(assignment.partition(), state)));
        writing.lock();
        try {
            if (!isClosed()) {
                member.write(lines);
                moved.forEach(StreamAssignment::hasWritten);
            }
        } catch (RuntimeException unwritten) {
            toSave.set(true);
            throw unwritten;
        } finally {
            writing.unlock();
        }
    }

    private synchronized List<StreamAssignment> ownedNow() {
        return List.copyOf(owned.values());
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    /// What the next poll is to throw.
    void fail(RabbitTransportException trouble) {
        synchronized (this) {
            failure = trouble;
        }
        signal.run();
    }

    /// Shows that this member lives, takes what is to be its own and gives up what is not.
    ///
    /// @return whether it is to be called again soon, because a partition is about to change hands
    boolean tend() {
        writing.lock();
        try {
            boolean again = !isClosed() && tendUnlessClosed();
            synchronized (this) {
                failure = null;
            }
            return again;
        } finally {
            writing.unlock();
        }
    }

    private boolean tendUnlessClosed() {
        member.open();
        member.requireHeard();
        List<String> lines = new ArrayList<>();
        List<Living> living = member.living();
        boolean changing = false;
        for (String domain : transport.domainsOf(membership)) {
            List<Living> eligible =
                    living.stream().filter(each -> each.wants(domain)).toList();
            for (Partition partition : transport.partitioning().ofDomain(domain)) {
                changing |= tend(partition, living, member.isToOwn(partition, eligible), lines);
            }
        }
        long unsettled = 0;
        for (StreamAssignment assignment : ownedNow()) {
            unsettled += assignment.lag();
            lines.add(StreamGroupState.is(assignment.partition(), assignment.state(member.name())));
        }
        member.show(living, unsettled, lines);
        return readInTurn() || changing;
    }

    /// Sees to it that all is read, and begins with another one each time: one that has no leader takes the timeout,
    /// and signs of life are due meanwhile.
    ///
    /// @return whether there was no time for some
    private boolean readInTurn() {
        List<StreamAssignment> all = ownedNow();
        long until = System.nanoTime() + transport.settings().lease().toNanos() / 5;
        RuntimeException first = null;
        int count = 0;
        while (count < all.size() && System.nanoTime() - until < 0) {
            try {
                read(all.get(Math.floorMod(readTurn++, all.size())));
            } catch (RuntimeException problem) {
                first = first == null ? problem : first;
            }
            count++;
        }
        if (first != null) {
            throw first;
        }
        return count < all.size();
    }

    private boolean tend(Partition partition, List<Living> living, boolean mine, List<String> lines) {
        Lease lease = member.state().lease(partition);
        StreamAssignment assignment = ownedOf(partition);
        if (assignment != null && !member.holds(assignment)) {
            loseToAnother(assignment);
            assignment = null;
        }
        if (assignment == null) {
            return take(partition, lease, living, mine, lines);
        }
        if (assignment.ahead().isReplaced()) {
            beginAnew(assignment, lines);
            return true;
        }
        if (mine) {
            assignment.holdNoMore();
            return false;
        }
        if (assignment.hold(System.nanoTime(), HOLD) && assignment.outstanding() == 0) {
            lose(assignment);
            lines.add(StreamGroupState.release(partition, assignment.state(member.name())));
        }
        return true;
    }

    private boolean take(Partition partition, Lease lease, List<Living> living, boolean mine, List<String> lines) {
        boolean isOwner = member.is(lease.owner());
        if (isOwner && member.isNew(partition, lease.epoch())) {
            gain(partition, lease);
            return !mine;
        }
        if (isOwner && isToBeginAnew(partition)) {
            lines.add(StreamGroupState.reset(partition, lease.epoch() + 1, member.name()));
            return true;
        }
        if (isOwner && !mine) {
            lines.add(StreamGroupState.release(partition, lease)); // its lease had lapsed, and nobody took it
            return false;
        }
        boolean free = lease.owner() == null || isOwner || !member.names(living).contains(lease.owner());
        String claim = mine && free ? member.claim(partition, lease) : null;
        if (claim != null) {
            lines.add(claim);
        }
        return mine;
    }

    private synchronized boolean isToBeginAnew(Partition partition) {
        return replaced.contains(partition);
    }

    /// The stream was deleted under its group, and there is another one by now.
    private void beginAnew(StreamAssignment assignment, List<String> lines) {
        String loss = "the stream " + assignment.ahead().stream()
                + " was deleted: what was in it is gone, of which as many as " + assignment.lag()
                + " events were not processed by group " + group();
        LOG.error("{}", loss);
        lose(assignment);
        synchronized (this) {
            former.remove(assignment.partition());
            replaced.add(assignment.partition());
            words.add(Losses.told(assignment.partition(), loss));
        }
        signal.run();
        lines.add(StreamGroupState.reset(assignment.partition(), assignment.epoch() + 1, member.name()));
    }

    private void gain(Partition partition, Lease lease) {
        synchronized (this) {
            if (closed || member.hasLapsed(System.nanoTime())) {
                return;
            }
            member.has(partition, lease.epoch());
            StreamAssignment gained = new StreamAssignment(
                    partition,
                    transport.partitioning(),
                    transport.directory().stream(partition),
                    known(partition, lease),
                    Math.max(1, transport.settings().remembered() / RabbitStreamTransport.CONSUMER_SHARE),
                    signal,
                    transport.keeper()::tendNow);
            owned.put(partition, gained);
            assigned.add(partition);
            replaced.remove(partition);
        }
        signal.run();
    }

    /// If nobody had the partition since it was lost here, what was done with meanwhile is still so.
    private Lease known(Partition partition, Lease lease) {
        StreamAssignment before = former.remove(partition);
        if (before == null || before.epoch() + 1 != lease.epoch()) {
            return lease;
        }
        Lease done = before.state(member.name());
        return done.position() < lease.position()
                ? lease
                : new Lease(lease.epoch(), lease.owner(), done.position(), done.done());
    }

    /// Sees to it that a partition is read, and that what is missing is told.
    private void read(StreamAssignment assignment) {
        StreamReadAhead ahead = assignment.ahead();
        if (!ahead.isReading() && !ahead.isReplaced()) {
            boolean _ = transport.directory().asked(assignment.partition(), () -> {
                ahead.read(transport.broker(), transport.tail());
                return true;
            });
        } else if (ahead.isFull()) {
            ahead.knowEnd(transport.tail().end(ahead.stream()));
        }
        for (Gap gap = ahead.gap(); gap != null; gap = ahead.gap()) {
            ahead.lookedInto(gap, lossIn(gap, ahead.stream()));
        }
    }

    /// What to say of events that were removed; null if there were none.
    private @Nullable String lossIn(Gap gap, String stream) {
        if (transport.tail().first(stream) < gap.behind()) {
            return null; // only notes of the broker
        }
        String loss = "as many as " + (gap.behind() - gap.from()) + " events of " + stream + " from " + gap.from()
                + " on were removed, being old, before group " + group() + " had processed them";
        LOG.error("{}", loss);
        return loss;
    }

    /// Leases that may have lapsed while nothing was heard of the log are another's, as far as one can know. So is
    /// what another has claimed, before this one has looked for itself.
    private void forgetLapsed() {
        if (owned.isEmpty()) {
            return;
        }
        if (member.hasLapsed(System.nanoTime())) {
            LOG.warn("group {} could not extend its lease on {}", group(), owned.keySet());
            List.copyOf(owned.values()).forEach(this::lose);
            return;
        }
        List<StreamAssignment> over = new ArrayList<>(0);
        for (StreamAssignment assignment : owned.values()) {
            if (!member.holds(assignment)) {
                over.add(assignment);
            }
        }
        over.forEach(this::loseToAnother);
    }

    private void loseToAnother(StreamAssignment assignment) {
        LOG.warn("group {} has lost partition {} to another member", group(), assignment);
        lose(assignment);
    }

    private void lose(StreamAssignment assignment) {
        Partition partition = assignment.partition();
        synchronized (this) {
            if (!owned.remove(partition, assignment)) {
                return;
            }
            former.put(partition, assignment);
            if (!assigned.remove(partition)) {
                lost.add(partition);
            }
            current = current.stream().filter(each -> each != assignment).toList();
        }
        assignment.end();
        signal.run();
    }
}
