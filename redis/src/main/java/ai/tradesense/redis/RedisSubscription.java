package ai.tradesense.redis;

import ai.tradesense.redis.Assignment.Position;
import ai.tradesense.redis.Assignment.Reading;
import ai.tradesense.redis.GroupProtocol.Acquired;
import ai.tradesense.redis.GroupProtocol.Extent;
import ai.tradesense.redis.GroupProtocol.Intent;
import ai.tradesense.redis.GroupProtocol.Living;
import ai.tradesense.redis.GroupProtocol.Tended;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.TransportException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One member of a group. Which partitions are whose follows from the list of living members, which each
/// member reads by itself; leases see to it that two who read different lists never have the same partition.
///
/// [#poll] and [#settle] never wait for Redis; [#tend] and [#save] do, in the thread that keeps leases.
final class RedisSubscription implements Subscription {
    private static final Duration HOLD = Duration.ofSeconds(2);
    private static final Reading NOT_READ = new Reading(EntryId.ZERO, 0, false);
    private static final Logger LOG = LoggerFactory.getLogger(RedisSubscription.class);

    private final RedisTransport transport;
    private final GroupMembership membership;
    private final String member;
    private final Runnable signal;
    private final GroupProtocol protocol;
    private final StreamReader reader;
    private final Link control;
    private final Keys keys;
    private final long leaseNanos;
    private final AtomicBoolean toSave = new AtomicBoolean();

    // Guarded by this.
    private final Map<Partition, Assignment> owned = new LinkedHashMap<>();
    private final Map<Partition, Assignment> lostLately = new HashMap<>(); // what is known of those, should they return
    private final Map<Partition, String> losses = new HashMap<>(); // to be told with the next assignment
    private final List<Partition> lost = new ArrayList<>();
    private final List<Partition> assigned = new ArrayList<>();
    private List<Assignment> current = List.of(); // those that poll has told of
    private int turn;
    private boolean closed;

    RedisSubscription(
            RedisTransport transport,
            GroupMembership membership,
            String member,
            Runnable signal,
            GroupProtocol protocol,
            Link control,
            Link reading,
            Keys keys,
            Duration lease) {
        this.transport = transport;
        this.membership = membership;
        this.member = member;
        this.signal = signal;
        this.protocol = protocol;
        this.control = control;
        this.keys = keys;
        this.leaseNanos = lease.toNanos();
        this.reader = new StreamReader(reading, signal, () -> transport.keeper().tendNow());
    }

    GroupMembership membership() {
        return membership;
    }

    // What the group's worker calls.

    @Override
    public Poll poll(int maxEvents) {
        transport.requireOpen();
        List<Assignment> from;
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
            from = current;
        }
        reader.readOn(from);
        if (!nowLost.isEmpty() || !nowAssigned.isEmpty()) {
            return new Poll(nowLost, nowAssigned, deliveries);
        }
        RedisTransportException failure = deliveries.isEmpty() ? reader.takeFailure() : null;
        if (failure != null) {
            throw failure;
        }
        return Poll.of(deliveries);
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
            current.get((turn + i) % current.size()).take(room - deliveries.size(), deliveries);
        }
        if (current.stream().anyMatch(Assignment::isReady)) {
            signal.run(); // even if all of these were done with before, and none is delivered
        }
        return deliveries;
    }

    @Override
    public void settle(Collection<Delivery> done) {
        if (done.isEmpty()) {
            return;
        }
        boolean moved = false;
        for (Assignment assignment : assignmentsOf(done)) {
            moved |= assignment.settle(done);
        }
        if (moved && !toSave.getAndSet(true)) {
            transport.keeper().save();
        }
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
        if (transport.isClosed()) {
            return 0;
        }
        Link.Connected connected = control.connected();
        Map<Partition, Future<List<Object>>> answers = new LinkedHashMap<>();
        for (String domain : transport.domainsOf(membership)) {
            for (Partition partition : transport.partitioning().ofDomain(domain)) {
                answers.put(partition, protocol.lag(connected, partition));
            }
        }
        long lag = 0;
        for (Map.Entry<Partition, Future<List<Object>>> each : answers.entrySet()) {
            List<Object> answer = control.await(connected, each.getValue());
            Assignment own = ownedOf(each.getKey());
            lag += own != null ? own.lag((Long) answer.getFirst()) : (Long) answer.getLast();
        }
        return lag;
    }

    private synchronized @Nullable Assignment ownedOf(Partition partition) {
        return owned.get(partition);
    }

    @Override
    public void close() {
        List<Assignment> left;
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            left = List.copyOf(owned.values());
            owned.clear();
            current = List.of();
        }
        reader.close();
        transport.remove(this);
        try {
            Link.Connected connected = control.connected();
            List<Future<List<Object>>> answers = new ArrayList<>();
            for (Assignment assignment : left) {
                answers.add(protocol.tend(
                        connected, assignment, assignment.position(), assignment.done(), Intent.RELEASE, EntryId.ZERO));
            }
            answers.add(protocol.leave(connected));
            answers.forEach(answer -> control.await(connected, answer));
        } catch (TransportException failure) {
            LOG.warn(
                    "group {} is left without a word to Redis: its partitions are free when the lease has lapsed, and"
                            + " what was settled last may come again",
                    membership.group(),
                    failure);
        } finally {
            left.forEach(Assignment::end);
            transport.keeper().tendNow();
        }
    }

    // What the keeper's thread calls.

    /// Saves the positions that have moved.
    void save() {
        if (!toSave.getAndSet(false)) {
            return;
        }
        try {
            Link.Connected connected = control.connected();
            Map<Assignment, Position> moved = new LinkedHashMap<>();
            List<Future<List<Object>>> answers = new ArrayList<>();
            for (Assignment assignment : ownedNow()) {
                Position position = assignment.position();
                if (!assignment.isSaved(position)) {
                    moved.put(assignment, position);
                    answers.add(protocol.tend(connected, assignment, position, "=", Intent.KEEP, EntryId.ZERO));
                }
            }
            int at = 0;
            for (Map.Entry<Assignment, Position> each : moved.entrySet()) {
                Future<List<Object>> answer = answers.get(at++);
                Tended tended = GroupProtocol.tended(control.await(connected, answer));
                isHeld(each.getKey(), tended, new Question(answer, each.getValue(), "=", NOT_READ));
            }
        } catch (RuntimeException failure) {
            toSave.set(true); // the next tending or settling saves it
            throw failure;
        }
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private synchronized List<Assignment> ownedNow() {
        return List.copyOf(owned.values());
    }

    /// Shows that this member lives, keeps its leases, takes what is to be its own and gives up what is not.
    ///
    /// @return whether it is to be called again soon, because a partition is about to change hands
    boolean tend() {
        long asked = System.nanoTime();
        Link.Connected connected = control.connected();
        Future<List<Object>> join = protocol.join(connected);
        List<String> domains = transport.domainsOf(membership);
        List<Living> living = GroupProtocol.living(control.await(connected, join));
        if (isClosed()) { // it had left before it joined here
            control.await(connected, protocol.leave(connected));
            return false;
        }
        boolean changing = false;
        Map<Assignment, Question> extended = new LinkedHashMap<>();
        Map<Partition, Future<List<Object>>> acquired = new LinkedHashMap<>();
        synchronized (this) {
            if (closed) {
                return false;
            }
            forgetLapsed();
            for (String domain : domains) {
                List<Living> eligible =
                        living.stream().filter(each -> each.wants(domain)).toList();
                for (Partition partition : transport.partitioning().ofDomain(domain)) {
                    boolean mine = eligible.isEmpty() || member.equals(owner(partition, eligible));
                    Assignment assignment = owned.get(partition);
                    if (assignment == null && mine) {
                        Assignment former = lostLately.get(partition);
                        EntryId known =
                                former == null ? EntryId.ZERO : former.reading().last();
                        acquired.put(partition, protocol.acquire(connected, partition, known));
                    } else if (assignment != null) {
                        Intent intent = mine || !mayGo(assignment, asked) ? Intent.EXTEND : Intent.RELEASE;
                        extended.put(assignment, question(connected, assignment, intent));
                        changing |= !mine;
                        if (mine) {
                            assignment.holdNoMore();
                        } else if (intent == Intent.RELEASE) {
                            lose(assignment); // whether the answer comes or not
                        }
                    }
                }
            }
        }
        for (Map.Entry<Assignment, Question> each : extended.entrySet()) {
            Assignment assignment = each.getKey();
            Question question = each.getValue();
            Tended tended = GroupProtocol.tended(control.await(connected, question.answer));
            if (isHeld(assignment, tended, question)) {
                assignment.livesUntil(asked + leaseNanos);
            }
        }
        for (Map.Entry<Partition, Future<List<Object>>> each : acquired.entrySet()) {
            Acquired got = GroupProtocol.acquired(control.await(connected, each.getValue()));
            changing |= got == null;
            if (got != null) {
                gain(each.getKey(), got, asked + leaseNanos);
            }
        }
        return changing;
    }

    /// A lease that was asked to be extended or released, with what was saved along with it.
    private record Question(Future<List<Object>> answer, Position position, String done, Reading before) {}

    private Question question(Link.Connected connected, Assignment assignment, Intent intent) {
        Position position = assignment.position();
        String done = assignment.done();
        Reading before = assignment.reading();
        Position toMove = assignment.isSaved(position) ? null : position;
        return new Question(
                protocol.tend(connected, assignment, toMove, done, intent, before.last()), position, done, before);
    }

    /// Whose it is to be: the partitions of a domain go around among the members that want it.
    private static String owner(Partition partition, List<Living> eligible) {
        int turn = Math.floorMod(partition.topic().hashCode() + partition.number(), eligible.size());
        return eligible.get(turn).member();
    }

    /// Whether nothing of it is under way, so that it can be given up without any event being processed
    /// twice, and nothing is to be told that nobody else knows of.
    private static boolean mayGo(Assignment assignment, long now) {
        return !assignment.hasUntoldLoss() && assignment.hold(now, HOLD) && assignment.outstanding() == 0;
    }

    /// What the server says of a lease, taken to heart.
    private boolean isHeld(Assignment assignment, Tended tended, Question question) {
        return switch (tended) {
            case Tended.Held held -> {
                assignment.saved(question.position);
                assignment.savedDone(question.done);
                Extent extent = held.extent();
                if (extent == null || assignment.compare(question.before, extent)) {
                    if (question.before.doubted()) {
                        signal.run(); // it is read on
                    }
                    yield true;
                }
                EntryId gap = extent.gap();
                forgotten(assignment, gap == null ? extent.last() : gap);
                yield false;
            }
            case Tended.Taken taken -> {
                LOG.warn("group {} has lost partition {} to another member", membership.group(), assignment);
                lose(assignment);
                yield false;
            }
            case Tended.Gone gone -> {
                forgotten(assignment, null);
                yield false;
            }
        };
    }

    /// @param gap where what is left of the stream ends; null if the group itself is gone
    private void forgotten(Assignment assignment, @Nullable EntryId gap) {
        LOG.error("{}; group {} begins anew in {}", whatIsGone(assignment, gap), membership.group(), assignment);
        transport.noteLoss(whatIsGone(assignment, gap));
        String loss = lossOf(assignment, gap);
        synchronized (this) {
            if (loss != null) {
                losses.put(assignment.partition(), loss);
            }
        }
        lose(assignment);
    }

    /// What to say about entries that are gone; null if none is known to be.
    private @Nullable String lossOf(Assignment assignment, @Nullable EntryId gap) {
        long lost = assignment.knownLag();
        if (lost == 0) {
            return null;
        }
        return whatIsGone(assignment, gap) + "; as many as " + lost + " were not processed by group "
                + membership.group();
    }

    private String whatIsGone(Assignment assignment, @Nullable EntryId gap) {
        String entries = "the entries of " + assignment.stream();
        String upTo = " up to " + assignment.lastRead();
        return control.address()
                + (gap == null
                        ? " knows nothing of this group any more, because it was emptied or a replica that lagged has taken"
                                + " over; gone are " + entries + upTo
                        : " has lost its latest entries, because a replica that lagged has taken over, or it was restored or"
                                + " emptied; gone are " + entries + " behind " + gap + upTo);
    }

    /// Leases that may have lapsed while nothing was heard of Redis are another's, as far as one can know.
    private void forgetLapsed() {
        long now = System.nanoTime();
        for (Assignment assignment : List.copyOf(owned.values())) {
            if (assignment.hasLapsed(now)) {
                LOG.warn("group {} could not extend its lease on {}", membership.group(), assignment);
                lostLately.put(assignment.partition(), assignment);
                lose(assignment);
            }
        }
    }

    private void lose(Assignment assignment) {
        Partition partition = assignment.partition();
        synchronized (this) {
            if (!owned.remove(partition, assignment)) {
                return;
            }
            assignment.end();
            if (!assigned.remove(partition)) {
                lost.add(partition);
            }
            current = current.stream().filter(each -> each != assignment).toList();
        }
        signal.run();
    }

    private void gain(Partition partition, Acquired got, long aliveUntil) {
        synchronized (this) {
            if (closed) {
                return; // the lease lapses by itself
            }
            Assignment former = lostLately.remove(partition);
            Assignment assignment = assignment(partition, got, former);
            assignment.livesUntil(aliveUntil);
            String loss = losses.remove(partition);
            if (former != null && hasLost(former, got)) {
                transport.noteLoss(whatIsGone(former, got.left()));
                loss = lossOf(former, got.left());
            }
            if (loss != null) {
                assignment.noteLoss(loss);
            }
            owned.put(partition, assignment);
            assigned.add(partition);
        }
        signal.run();
    }

    /// Whether Redis has less than it had when this member had the partition before.
    private static boolean hasLost(Assignment former, Acquired got) {
        EntryId left = got.left();
        return left == null
                ? got.epoch() <= former.epoch()
                : left.compareTo(former.reading().last()) < 0;
    }

    /// If nobody had the partition since it was lost here, what was done with meanwhile is still so.
    private Assignment assignment(Partition partition, Acquired got, @Nullable Assignment former) {
        Position position = got.position();
        Collection<EntryId> done = got.done();
        if (former != null && !hasLost(former, got) && former.epoch() + 1 == got.epoch()) {
            Position known = former.position();
            if (known.id().compareTo(position.id()) >= 0 && known.read() <= got.added()) {
                position = known;
                done = former.doneIds();
            }
        }
        return new Assignment(
                partition,
                transport.partitioning(),
                keys.stream(partition),
                got.epoch(),
                position,
                got.counted(),
                got.added(),
                Set.copyOf(done));
    }
}
