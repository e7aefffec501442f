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

    /// Longer than the first message of a queue that is not empty usually takes.
    private static final Duration UNTIL_ROUSED = Duration.ofMillis(50);

    private static final Duration BETWEEN_ROUSINGS = Duration.ofSeconds(1);

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
    private boolean active;
    private @Nullable Long heldSince;

    // Touched by the keeper's thread alone.
    private long rousedAt; // in nanoseconds of the JVM

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
        Feed feed = new Feed(this, broker.channel(connection), topology.queue(group, partition), Kind.BACKLOG);
        synchronized (this) {
            main = feed;
        }
        feed.begin(prefetch);
        endIfEnded(feed);
        rousedAt = System.nanoTime() - BETWEEN_ROUSINGS.toNanos() + UNTIL_ROUSED.toNanos();
    }

    /// Ends a feed that began while this was ended by somebody else, who knew nothing of it.
    private void endIfEnded(Feed feed) {
        if (ended) {
            feed.end();
        }
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

    void holdNoMore() {
        boolean goesOn;
        synchronized (this) {
            goesOn = held;
            heldSince = null;
            held = false;
        }
        if (goesOn) {
            subscription.signal();
        }
    }

    /// Whether nothing has come for so long that there may be nothing, so that a message of ours is to be put into
    /// the queue. It may be given to another, so this is said again from time to time.
    boolean isToBeRoused(long nowNanos) {
        boolean is = !isActive() && nowNanos - rousedAt > BETWEEN_ROUSINGS.toNanos();
        rousedAt = is ? nowNanos : rousedAt;
        return is;
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
        for (Feed from = source(); from != null && into.size() < end; from = source()) {
            Arrived message = from.arrived.remove();
            from.deliver(message.number());
            Identity identity = from.identityOf(message);
            if (identity == null || window.add(identity.source(), identity.id())) {
                into.add(message.delivery());
            } else {
                from.complete(message.number()); // sent twice
                subscription.attend();
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
    synchronized boolean isSettled(long nowNanos) {
        return outstanding() == 0 && !isWithinMessage() && feeds().stream().allMatch(feed -> feed.isQuiet(nowNanos));
    }

    /// How many events are here and not settled.
    synchronized long unsettled() {
        return outstanding() + events(main) + events(backlog);
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
        Feed feed = new Feed(this, broker.channel(connection), topology.backlog(group, partition), Kind.BACKLOG_END);
        synchronized (this) {
            backlog = feed;
            Arrived telling = tellingFeed.arrived.remove();
            tellingFeed.deliver(telling.number());
        }
        try {
            feed.begin(prefetch);
            endIfEnded(feed);
            synchronized (this) {
                backlogIsThere = true;
            }
        } catch (IOException | RuntimeException refused) {
            if (!Broker.isMissing(refused)) {
                subscription.giveUp(this); // or what is behind the backlog would wait for this one for ever
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
