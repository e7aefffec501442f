package ai.tradesense.rabbitmq;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.rabbitmq.Feed.Arrived;
import ai.tradesense.rabbitmq.Feed.Kind;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.RecentEvents;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A partition while this member consumes it, or waits for its turn: the broker lets one consumer of a queue be
/// active at a time. That this member is the one shows with the first message.
///
/// It lasts as long as its channel. When that closes, the broker gives everything that is not acknowledged to
/// the next consumer, in order, and takes no acknowledgement of this one any more; so does whoever asks here:
/// what has ended delivers nothing and settles nothing. For the case that the broker has given up a connection
/// that this side believes in, a consumption lives only as long as the broker was heard within the lease.
///
/// Safe for use by several threads.
final class Consumption {
    private static final Logger LOG = LoggerFactory.getLogger(Consumption.class);

    /// How long after the message that tells of a backlog was acknowledged the broker surely has written that down.
    private static final Duration UNTIL_WRITTEN = Duration.ofSeconds(1);

    private final RabbitSubscription subscription;
    private final Broker broker;
    private final Topology topology;
    private final Partitioning partitioning;
    private final String group;
    private final Partition partition;
    private final int prefetch; // messages
    private final RecentEvents window;
    private volatile long aliveUntil; // in nanoseconds of the JVM
    private volatile boolean ended;
    private volatile boolean held;

    // Guarded by this.
    private @Nullable Feed main;
    private @Nullable Feed backlog;
    private @Nullable Long told; // the number of the message that told of the backlog, until that is done with
    private boolean backlogIsThere;
    private @Nullable Long withoutBacklogSince; // in nanoseconds of the JVM
    private boolean backlogIsDeleted;
    private final ArrayDeque<String> notes = new ArrayDeque<>();
    private boolean active;
    private @Nullable Long heldSince;

    Consumption(RabbitSubscription subscription, String group, Partition partition, int prefetch, int window) {
        this.subscription = subscription;
        this.broker = subscription.transport().broker();
        this.topology = subscription.transport().topology();
        this.partitioning = subscription.transport().partitioning();
        this.group = group;
        this.partition = partition;
        this.prefetch = prefetch;
        this.window = new RecentEvents(window);
    }

    Partition partition() {
        return partition;
    }

    /// Begins to consume.
    void begin(Connection connection) throws IOException {
        Feed feed = new Feed(this, broker.channel(connection), topology.queue(group, partition));
        synchronized (this) {
            main = feed;
        }
        feed.begin(prefetch);
    }

    // The lease.

    void livesUntil(long nanos) {
        aliveUntil = nanos;
    }

    boolean hasLapsed(long nanos) {
        return nanos - aliveUntil >= 0;
    }

    /// Begins no message for a while, so that what is under way can end before it goes to another member. What
    /// takes long must not hold up all others: after `patience` delivery goes on, and after ten times that it is
    /// held again.
    ///
    /// @return whether it is held now
    synchronized boolean hold(long nanos, Duration patience) {
        Long since = heldSince;
        if (since == null || nanos - since > 11 * patience.toNanos()) {
            since = nanos;
            heldSince = since;
        }
        held = nanos - since <= patience.toNanos();
        return held;
    }

    synchronized void holdNoMore() {
        heldSince = null;
        held = false;
    }

    // What its feeds tell.

    void arrived(Feed feed, List<Arrived> events) {
        boolean first;
        boolean signal;
        synchronized (this) {
            if (ended) {
                return;
            }
            signal = feed.arrived.isEmpty();
            feed.arrived.addAll(events);
            first = !active;
            active = true;
            if (withoutBacklogSince == null && feed == main && told == null && !tellsOfBacklog(feed)) {
                withoutBacklogSince = System.nanoTime();
            }
        }
        if (first) {
            subscription.activated(this);
        } else if (signal) {
            subscription.signal();
        }
        if (events.getFirst().kind() != Kind.EVENT) {
            subscription.attend();
        }
    }

    void queueIsGone() {
        subscription.queueIsGone(this);
    }

    void closed(Feed feed, ShutdownSignalException cause) {
        if (!ended && isCurrent(feed)) {
            LOG.warn("group {} has lost {}: {}", group, partition, cause.getMessage());
            subscription.lose(this);
        }
    }

    private synchronized boolean isCurrent(Feed feed) {
        return feed == main || feed == backlog;
    }

    boolean hasEnded() {
        return ended;
    }

    void requireOwn(DomainEvent event) {
        Partition its = partitioning.of(event.type().domain(), event.subject());
        if (!its.equals(partition)) {
            throw new InvalidEventException("/subject", "an event of " + its + " in the queue of " + partition);
        }
    }

    /// Says, before anything else is delivered, what happened to this group's events.
    void note(String text) {
        LOG.error("{}", text);
        boolean first;
        synchronized (this) {
            notes.add(text);
            first = !active;
            active = true;
        }
        if (first) {
            subscription.activated(this);
        }
    }

    // Delivering and settling.

    synchronized boolean isActive() {
        return active;
    }

    /// Whether anything could be delivered now.
    synchronized boolean isReady() {
        Feed from = source();
        return from != null && !from.arrived.isEmpty();
    }

    /// Where the next event comes from; null if none is there. Holds the lock.
    private @Nullable Feed source() {
        Feed from = backlog == null || isExhausted(backlog) ? main : backlog;
        if (from == null || ended || (held && !from.isWithinMessage())) {
            return null;
        }
        Arrived next = from.arrived.peek();
        return next == null || next.kind() != Kind.EVENT ? null : from;
    }

    /// Delivers up to `most`.
    synchronized void take(int most, List<Delivery> into) {
        int end = into.size() + most;
        while (!ended && !held && into.size() < end && !notes.isEmpty()) {
            into.add(Losses.told(partition, notes.remove()));
        }
        for (Feed from = source(); from != null && into.size() < end; from = source()) {
            Arrived message = from.arrived.remove();
            from.deliver(message.number());
            Identity identity = from.identityOf(message);
            if (identity == null || window.add(identity.source(), identity.id())) {
                into.add(message.delivery());
            } else {
                from.complete(message.number()); // sent twice
            }
        }
    }

    /// How many events are delivered and not settled.
    synchronized int outstanding() {
        return outstanding(main) + outstanding(backlog) - (told == null ? 0 : 1);
    }

    private static int outstanding(@Nullable Feed feed) {
        return feed == null ? 0 : feed.outstanding();
    }

    /// Whether a part of a message was delivered and the rest was not: if this ends now, all of it comes again.
    synchronized boolean isWithinMessage() {
        return isWithinMessage(backlog) || isWithinMessage(main);
    }

    private static boolean isWithinMessage(@Nullable Feed feed) {
        return feed != null && feed.isWithinMessage();
    }

    /// Whether everything that was delivered is settled, and the broker's queues know.
    boolean isSettled(long nowNanos) {
        return outstanding() == 0 && !isWithinMessage() && feeds().stream().allMatch(feed -> feed.isQuiet(nowNanos));
    }

    /// How many events are here and not settled.
    synchronized long unsettled() {
        return outstanding() + events(main) + events(backlog) + notes.size();
    }

    private static long events(@Nullable Feed feed) {
        return feed == null
                ? 0
                : feed.arrived.stream()
                        .filter(message -> message.kind() == Kind.EVENT)
                        .count();
    }

    synchronized boolean hasBacklog() {
        return backlogIsThere;
    }

    // What the keeper does.

    /// Acknowledges what is done with, and begins or ends the backlog if it is time.
    void attend(Connection connection, boolean outOfOrder) throws IOException {
        Feed first;
        Feed second;
        synchronized (this) {
            if (ended) {
                return;
            }
            first = backlog;
            second = main;
        }
        if (second == null) {
            return;
        }
        if (first != null) {
            first.acknowledge(outOfOrder);
            if (isDone(first)) {
                endBacklog(first, second);
            }
        } else if (isToldOfBacklog(second)) {
            beginBacklog(connection, second);
        }
        second.acknowledge(outOfOrder);
    }

    /// Takes the message that tells of a backlog out of the way: it stays unsettled until the backlog is done
    /// with, so that whoever comes next is told again.
    private synchronized boolean isToldOfBacklog(Feed feed) {
        if (!tellsOfBacklog(feed)) {
            return false;
        }
        told = feed.arrived.element().number();
        return true;
    }

    private static boolean tellsOfBacklog(Feed feed) {
        Arrived next = feed.arrived.peek();
        return next != null && next.kind() == Kind.BACKLOG;
    }

    /// Whether everything in it was delivered.
    private static boolean isExhausted(Feed feed) {
        Arrived next = feed.arrived.peek();
        return next != null && next.kind() == Kind.BACKLOG_END;
    }

    private synchronized boolean isDone(Feed feed) {
        return isExhausted(feed) && feed.outstanding() == 0;
    }

    private void beginBacklog(Connection connection, Feed tellingFeed) throws IOException {
        Feed feed = new Feed(this, broker.channel(connection), topology.backlog(group, partition));
        synchronized (this) {
            backlog = feed;
            Arrived telling = tellingFeed.arrived.remove();
            tellingFeed.deliver(telling.number());
        }
        try {
            feed.begin(prefetch);
            synchronized (this) {
                backlogIsThere = true;
            }
        } catch (IOException refused) {
            if (!Broker.isMissing(refused)) {
                throw refused;
            }
            forgetBacklog(tellingFeed); // there was nothing for this partition, or it is done with
        }
    }

    /// Its end is not acknowledged: whoever is told of it once more, because this one's word is lost, finds that end.
    private void endBacklog(Feed feed, Feed tellingFeed) {
        forgetBacklog(tellingFeed); // before its channel is closed, which would end this
        feed.end();
    }

    private synchronized void forgetBacklog(Feed tellingFeed) {
        backlog = null;
        backlogIsThere = false;
        withoutBacklogSince = System.nanoTime();
        Long telling = told;
        told = null;
        if (telling != null) {
            tellingFeed.complete(telling);
            tellingFeed.acknowledge(false);
        }
        subscription.signal();
    }

    /// Whether the backlog's queue is to be deleted, if there is one; says so once. Nobody must be told of it any more:
    /// a broker that is killed while it deletes a queue may keep the name of it without what is behind, and ends
    /// the connection of whoever consumes that.
    synchronized boolean takeBacklogToDelete(long nowNanos) {
        Long since = withoutBacklogSince;
        if (backlogIsDeleted || since == null || nowNanos - since < UNTIL_WRITTEN.toNanos()) {
            return false;
        }
        backlogIsDeleted = true;
        return true;
    }

    /// Ends it in order.
    ///
    /// @return whether the broker was heard
    boolean leave() {
        ended = true;
        boolean heard = true;
        for (Feed feed : feeds()) {
            if (heard) {
                heard = feed.leave();
            } else {
                feed.end();
            }
        }
        return heard;
    }

    /// Ends it. Nothing is delivered from now on, and what arrives late is ignored.
    void end() {
        ended = true;
        feeds().forEach(Feed::end);
    }

    private synchronized List<Feed> feeds() {
        return Stream.of(backlog, main).filter(feed -> feed != null).toList();
    }

    @Override
    public String toString() {
        return partition + " of group " + group;
    }
}
