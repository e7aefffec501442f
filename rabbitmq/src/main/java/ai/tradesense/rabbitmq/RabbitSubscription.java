package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.Members.Living;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Subscription;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One member of a group. Which partitions are whose follows from the list of living members, which each member
/// keeps by itself; the broker sees to it that two who have different lists never consume the same queue at a
/// time.
///
/// [#poll] and [#settle] never wait for the broker; [#tend] and [#attend] do, in the thread of the [Keeper].
final class RabbitSubscription implements Subscription {
    private static final Duration HOLD = Duration.ofSeconds(2);
    private static final Logger LOG = LoggerFactory.getLogger(RabbitSubscription.class);

    private final RabbitTransport transport;
    private final GroupMembership membership;
    private final Runnable signal;
    private final Members members;
    private final GroupQueues queues;
    private final AtomicBoolean toAcknowledge = new AtomicBoolean();
    private final AtomicInteger unacknowledged = new AtomicInteger();
    private final AtomicBoolean joining = new AtomicBoolean();

    // Guarded by this.
    private final Map<Partition, Consumption> owned = new LinkedHashMap<>();
    private final Set<Partition> toRestore = new HashSet<>(); // those whose queue was deleted
    private final Set<Partition> missing = new HashSet<>(); // of these, those that nobody else had restored
    private final Deque<Delivery> words = new ArrayDeque<>(); // on what is gone, to be delivered first
    private final List<Partition> lost = new ArrayList<>();
    private final List<Consumption> assigned = new ArrayList<>();
    private List<Consumption> current = List.of(); // those that poll has told of, alone are taken from
    private int turn;
    private boolean closed;
    private @Nullable RabbitTransportException failure;

    RabbitSubscription(RabbitTransport transport, GroupMembership membership, Runnable signal) {
        this.transport = transport;
        this.membership = membership;
        this.signal = signal;
        this.queues = new GroupQueues(transport, membership.group());
        this.members = new Members(
                transport.topology().members(membership.group()),
                membership.domains(),
                transport.settings().lease(),
                transport.keeper()::tendNow);
    }

    RabbitTransport transport() {
        return transport;
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
            nowAssigned = assigned.stream().map(Consumption::partition).toList();
            if (!assigned.isEmpty()) {
                current = Stream.concat(current.stream(), assigned.stream()).toList();
            }
            lost.clear();
            assigned.clear();
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

    /// From one partition after the other, beginning with another one each time; with the one of whose last
    /// message a part was delivered, if there is one, so that there is never more than one. Words of ours come
    /// before all that, and alone.
    private List<Delivery> take(int maxEvents) {
        if (maxEvents > 0 && !words.isEmpty()) {
            signal.run(); // there may be events, too
            return List.of(words.remove());
        }
        int outstanding = 0;
        for (Consumption consumption : current) {
            outstanding += consumption.outstanding();
        }
        int room = Math.min(maxEvents, membership.maxInFlight() - outstanding);
        if (room <= 0 || current.isEmpty()) {
            return List.of();
        }
        List<Delivery> deliveries = new ArrayList<>(Math.min(room, 1_024));
        turn = nextTurn();
        for (int i = 0; i < current.size() && deliveries.size() < room; i++) {
            current.get((turn + i) % current.size()).take(room - deliveries.size(), deliveries);
        }
        if (deliveries.size() == room && current.stream().anyMatch(Consumption::isReady)) {
            signal.run();
        }
        return deliveries;
    }

    private int nextTurn() {
        for (int index = 0; index < current.size(); index++) {
            if (current.get(index).isWithinMessage()) {
                return index;
            }
        }
        return (turn + 1) % current.size();
    }

    @Override
    public void settle(Collection<Delivery> done) {
        int settled = done.isEmpty() ? 0 : Feed.settle(done);
        if (settled > 0) {
            attend();
            if (unacknowledged.addAndGet(settled) > membership.maxInFlight() / 4) {
                transport.keeper().attendAtOnce(); // or queues give nothing more
            }
        }
    }

    @Override
    public long lag() {
        if (transport.isClosed()) {
            return 0;
        }
        Connection connection = transport.keeper().connection();
        long lag = members.unsettledOfOthers();
        synchronized (this) {
            lag += words.size();
        }
        try {
            Channel channel = transport.broker().channel(connection);
            try {
                for (String domain : joinedDomains()) {
                    for (Partition partition : transport.partitioning().ofDomain(domain)) {
                        lag += lag(channel, partition);
                    }
                }
            } finally {
                Broker.abandon(channel);
            }
        } catch (IOException | RuntimeException unanswered) {
            throw transport.broker().translate(unanswered);
        }
        return lag;
    }

    private long lag(Channel channel, Partition partition) throws IOException {
        Consumption own;
        synchronized (this) {
            own = owned.get(partition);
        }
        return own == null
                ? queues.waiting(channel, partition, false)
                : queues.waiting(channel, partition, own.hasBacklog()) + own.unsettled();
    }

    @Override
    public void close() {
        List<Consumption> left;
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
        boolean heard = true;
        for (Consumption consumption : left) {
            if (heard) {
                heard = consumption.leave();
            } else {
                consumption.end();
            }
        }
        members.leave();
        transport.keeper().tendNow();
    }

    // What consumptions tell.

    void signal() {
        signal.run();
    }

    /// Something is to be acknowledged, or a backlog to be begun or ended.
    void attend() {
        if (!toAcknowledge.getAndSet(true)) {
            transport.keeper().attend();
        }
    }

    /// Its first message is there: this member is the one that the broker gives the partition to.
    void activated(Consumption consumption) {
        synchronized (this) {
            if (!consumption.equals(owned.get(consumption.partition()))) {
                return;
            }
            assigned.add(consumption);
        }
        signal.run();
    }

    /// Its queue was deleted; whoever has the partition next restores it.
    void queueIsGone(Consumption consumption) {
        synchronized (this) {
            toRestore.add(consumption.partition());
        }
        lose(consumption);
    }

    void lose(Consumption consumption) {
        giveUp(consumption);
        transport.keeper().tendNow();
    }

    /// As [#lose], but whether the partition is to be its own again is looked at when the keeper does so anyway.
    void giveUp(Consumption consumption) {
        Partition partition = consumption.partition();
        synchronized (this) {
            if (!owned.remove(partition, consumption)) {
                return;
            }
            assigned.remove(consumption);
            if (current.contains(consumption)) {
                lost.add(partition);
                current = current.stream().filter(each -> each != consumption).toList();
            }
        }
        consumption.end();
        signal.run();
    }

    /// What the next poll is to throw.
    void fail(RabbitTransportException trouble) {
        synchronized (this) {
            failure = trouble;
        }
        signal.run();
    }

    // What the keeper's thread calls.

    /// Acknowledges what is done with.
    void attend(Connection connection) throws IOException {
        if (toAcknowledge.getAndSet(false)) {
            attend(connection, false);
        }
    }

    private void attend(Connection connection, boolean outOfOrder) throws IOException {
        unacknowledged.set(0);
        for (Consumption consumption : ownedNow()) {
            consumption.attend(connection, outOfOrder);
        }
    }

    private synchronized List<Consumption> ownedNow() {
        return List.copyOf(owned.values());
    }

    /// The connection of all consumptions is gone.
    void loseAll() {
        for (Consumption consumption : ownedNow()) {
            LOG.warn("group {} has lost {}: the connection is gone", group(), consumption.partition());
            giveUp(consumption);
        }
    }

    /// The broker was heard on the connection of all consumptions, having been asked at this time.
    synchronized void livesUntil(long nanos) {
        owned.values().forEach(consumption -> consumption.livesUntil(nanos));
    }

    /// Shows that this member lives, consumes what is to be its own and gives up what is not.
    ///
    /// @return whether it is to be called again soon, because a partition is about to change hands
    boolean tend(Connection connection, long asked) throws IOException {
        if (isClosed()) {
            return false;
        }
        attend(connection, true);
        members.show(transport.broker(), transport.keeper().talking(), unsettled());
        joinLateDomains();
        List<Living> living = members.living();
        boolean changing = false;
        for (String domain : joinedDomains()) {
            List<Living> eligible =
                    living.stream().filter(each -> each.wants(domain)).toList();
            for (Partition partition : transport.partitioning().ofDomain(domain)) {
                changing |= tend(connection, asked, partition, members.isOwner(partition, eligible));
            }
        }
        queues.rouse(connection, ownedThat(consumption -> consumption.isToBeRoused(asked)));
        if (!queues.isDeleting()) {
            queues.deleteBacklogs(ownedThat(consumption -> consumption.takeBacklogToDelete(asked)));
        }
        return changing;
    }

    private List<Partition> ownedThat(Predicate<Consumption> asked) {
        return ownedNow().stream().filter(asked).map(Consumption::partition).toList();
    }

    private boolean tend(Connection connection, long asked, Partition partition, boolean mine) throws IOException {
        Consumption consumption;
        synchronized (this) {
            consumption = owned.get(partition);
        }
        if (consumption == null) {
            if (mine) {
                begin(connection, partition);
            } else {
                restored(partition);
            }
            return mine;
        }
        if (mine) {
            consumption.holdNoMore();
            return false;
        }
        boolean mayGo = !consumption.isActive() || (consumption.hold(asked, HOLD) && consumption.isSettled(asked));
        if (mayGo) {
            consumption.leave();
            lose(consumption);
        }
        return !mayGo;
    }

    private synchronized boolean isClosed() {
        return closed;
    }

    private long unsettled() {
        long unsettled = 0;
        for (Consumption consumption : ownedNow()) {
            unsettled += consumption.unsettled();
        }
        return unsettled;
    }

    private Set<String> joinedDomains() {
        Set<String> domains = transport.domainsOf(membership);
        domains.removeIf(domain -> !transport.registry().hasJoined(group(), domain));
        return domains;
    }

    private void begin(Connection connection, Partition partition) throws IOException {
        Consumption consumption = new Consumption(
                this,
                group(),
                partition,
                membership.maxInFlight(),
                Math.max(
                        1,
                        transport.settings().remembered() / transport.settings().partitions()));
        if (isToRestore(partition)) {
            restore(connection, partition);
        }
        long asked = System.nanoTime();
        consumption.livesUntil(asked + transport.settings().lease().toNanos());
        synchronized (this) {
            if (closed) {
                return;
            }
            owned.put(partition, consumption);
        }
        try {
            consumption.begin(connection);
            transport.keeper().heard(asked);
        } catch (IOException | RuntimeException refused) {
            if (consumption.hasEnded()) {
                return; // it was given up while it began
            }
            giveUp(consumption);
            if (!Broker.isMissing(refused)) {
                throw refused;
            }
            queueIsGone(consumption);
        }
    }

    private synchronized boolean isToRestore(Partition partition) {
        return toRestore.contains(partition);
    }

    /// The group is told when the queue gets events again, so that what is gone was sent before.
    private void restore(Connection connection, Partition partition) throws IOException {
        if (queues.isMissing(connection, partition)) {
            synchronized (this) {
                missing.add(partition);
            }
        }
        queues.restore(connection, partition);
        restored(partition);
    }

    /// It has its queue again, or whoever has it now sees to that.
    private void restored(Partition partition) {
        boolean wasMissing;
        synchronized (this) {
            toRestore.remove(partition);
            wasMissing = missing.remove(partition);
            if (wasMissing) {
                words.add(Losses.told(partition, lossOf(partition)));
            }
        }
        if (wasMissing) {
            LOG.error("{}", lossOf(partition));
            signal.run();
        }
    }

    private String lossOf(Partition partition) {
        return "the queue of " + partition + " of group " + group() + " was deleted: what was in it is gone";
    }

    /// Domains that came after this member, on a connection of their own: it may take a while.
    private void joinLateDomains() {
        Set<String> missing = transport.domainsOf(membership);
        missing.removeIf(domain -> transport.registry().hasJoined(group(), domain));
        if (missing.isEmpty() || joining.getAndSet(true)) {
            return;
        }
        Thread.ofVirtual().name("rabbitmq-join-" + group()).start(() -> {
            try {
                transport.join(membership.group(), missing, false, StartFrom.BEGINNING);
                transport.keeper().tendNow();
            } catch (RabbitTransportException notNow) {
                if (!transport.isClosed()) {
                    LOG.warn("group {} could not join for {}; trying again", group(), missing, notNow);
                }
            } finally {
                joining.set(false);
            }
        });
    }

    /// Partitions that another member may have by now, as far as one can know, while nothing was heard of the
    /// broker.
    private void forgetLapsed() {
        long now = System.nanoTime();
        for (Consumption consumption : List.copyOf(owned.values())) {
            if (consumption.hasLapsed(now)) {
                LOG.warn("group {} has not heard of the broker for a lease and gives up {}", group(), consumption);
                lose(consumption);
            }
        }
    }
}
