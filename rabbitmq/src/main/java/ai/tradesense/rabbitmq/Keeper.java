package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.transport.LeaseKeeper;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Keeps the connection that all subscriptions of a transport consume on: makes it, asks on it several times
/// within a lease whether the broker is there, ends it when it is silent, and acknowledges soon after events
/// were settled.
///
/// Nothing is published on that connection: a broker whose memory or disk is short reads nothing more of
/// connections that publish, and no acknowledgement would reach it. What members tell each other goes by way of a
/// second one.
final class Keeper implements LeaseKeeper.Duties, AutoCloseable {
    private static final Duration RETRY = Duration.ofMillis(250);
    private static final Duration BETWEEN_ATTENDINGS = Duration.ofMillis(20);
    private static final Logger LOG = LoggerFactory.getLogger(Keeper.class);

    private final RabbitTransport transport;
    private final Broker broker;
    private final Topology topology;
    private final Set<RabbitSubscription> subscriptions = new CopyOnWriteArraySet<>();
    private final LeaseKeeper thread;
    private volatile @Nullable Connection connection;
    private volatile @Nullable Connection talking;
    private volatile boolean closed;
    private volatile int unrouted;
    private volatile int dead;

    Keeper(RabbitTransport transport) {
        this.transport = transport;
        this.broker = transport.broker();
        this.topology = transport.topology();
        this.thread = new LeaseKeeper(
                "rabbitmq-keeper", transport.settings().lease(), BETWEEN_ATTENDINGS, System::nanoTime, this);
    }

    /// Connects for the first time, and begins. A broker that was started a moment ago takes connections before its
    /// queues are up; it is given time.
    ///
    /// @throws RabbitTransportException if that fails
    void start() {
        long due = System.nanoTime() + broker.timeout().toNanos();
        while (connection == null) {
            try {
                connect();
            } catch (IOException | RuntimeException refused) {
                RabbitTransportException failure = broker.translate(refused);
                if (failure.reason() != Reason.REFUSED || System.nanoTime() - due > 0) {
                    disconnect();
                    throw failure;
                }
                LOG.info("{} is not ready yet; trying again", broker.address(), failure);
                LockSupport.parkNanos(RETRY.toNanos());
            }
        }
        thread.start();
    }

    void add(RabbitSubscription subscription) {
        subscriptions.add(subscription);
        tendNow();
    }

    void remove(RabbitSubscription subscription) {
        subscriptions.remove(subscription);
    }

    List<RabbitSubscription> subscriptions() {
        return List.copyOf(subscriptions);
    }

    /// The connection to consume on.
    ///
    /// @throws RabbitTransportException if there is none
    Connection connection() {
        Connection now = connection;
        if (now == null || !now.isOpen()) {
            throw new RabbitTransportException(
                    Reason.UNREACHABLE, "there is no connection to " + broker.address(), null);
        }
        return now;
    }

    /// The connection for what members tell each other.
    ///
    /// @throws RabbitTransportException if there is none
    Connection talking() {
        Connection now = talking;
        if (now == null || !now.isOpen()) {
            throw new RabbitTransportException(
                    Reason.UNREACHABLE, "there is no connection to " + broker.address(), null);
        }
        return now;
    }

    /// Why the broker could not be asked; null if it could.
    @Nullable
    String trouble() {
        Connection now = connection;
        String said = thread.trouble();
        return said == null && (now == null || !now.isOpen())
                ? "the connection to " + broker.address() + " is broken"
                : said;
    }

    /// What lies where nothing should; empty if nothing does.
    String stranded() {
        String text = "";
        if (unrouted > 0) {
            text += ", " + unrouted + " messages that no queue wanted in " + topology.unrouted();
        }
        if (dead > 0) {
            text += ", " + dead + " messages that the broker gave up in " + topology.dead();
        }
        return text;
    }

    /// Events were settled. Does not wait.
    void attend() {
        thread.save();
    }

    /// So many events were settled that their acknowledgement is not to wait. Does not wait.
    void attendAtOnce() {
        thread.saveAtOnce();
    }

    /// Members have come or gone, or there is a new domain. Does not wait.
    void tendNow() {
        thread.tendNow();
    }

    @Override
    public LeaseKeeper.Next tend() {
        long asked = answered(this::look);
        heard(asked);
        return tendAll(asked) ? LeaseKeeper.Next.SOON : LeaseKeeper.Next.USUALLY;
    }

    /// What keeps one subscription from going on keeps no other from it, unless it is the connection.
    private boolean tendAll(long asked) {
        boolean changing = false;
        RabbitTransportException refusal = null;
        for (RabbitSubscription subscription : subscriptions) {
            try {
                changing |= subscription.tend(connection(), asked);
            } catch (IOException | RuntimeException problem) {
                refusal = failed(problem);
                subscription.fail(refusal);
            }
        }
        if (refusal != null) {
            throw refusal;
        }
        return changing;
    }

    /// The broker has answered something that it was asked at this time, on the connection of all consumptions.
    void heard(long asked) {
        long until = asked + transport.settings().lease().toNanos();
        subscriptions.forEach(subscription -> subscription.livesUntil(until));
    }

    /// Acknowledges.
    @Override
    public void save() {
        boolean _ = answered(() -> {
            for (RabbitSubscription subscription : subscriptions) {
                subscription.attend(connection());
            }
            return true;
        });
    }

    private Connection connect() throws IOException {
        Connection made = broker.connect("consumer");
        try {
            boolean first = !topology.isThere(broker, made);
            Channel channel = broker.channel(made);
            topology.declareCommon(channel);
            transport.registry().follow(made, talk(), transport.settings().partitions());
            transport.requireSuitable();
            new EarlierBindings(transport).renew(made, talk());
            if (first) {
                topology.settle(channel);
            }
            Broker.abandon(channel);
        } catch (IOException | RuntimeException failure) {
            Broker.abandon(made);
            throw failure;
        }
        made.addShutdownListener(cause -> tendNow());
        connection = made;
        abandonIfClosed(made);
        return made;
    }

    /// The second connection, made anew if there is none.
    private Connection talk() {
        Connection now = talking;
        if (now == null || !now.isOpen()) {
            now = broker.connect("members");
            talking = now;
            abandonIfClosed(now);
        }
        return now;
    }

    /// Nobody else would end what was connected while this was closed.
    private void abandonIfClosed(Connection made) {
        if (closed) {
            Broker.abandon(made);
        }
    }

    /// Connects, if that has to be, and asks something to which there is always an answer.
    ///
    /// @return when it was asked, in nanoseconds of the JVM
    private long look() throws IOException {
        Connection now = connection;
        if (now == null || !now.isOpen()) {
            subscriptions.forEach(RabbitSubscription::loseAll);
            now = connect();
        }
        talk();
        long asked = System.nanoTime();
        Channel channel = broker.channel(now);
        try {
            unrouted = Math.toIntExact(channel.messageCount(topology.unrouted()));
            dead = Math.toIntExact(channel.messageCount(topology.dead()));
        } catch (IOException | ShutdownSignalException failure) {
            if (!Broker.isMissing(failure)) {
                throw failure;
            }
            LOG.error("{} or {} was deleted; declaring it again", topology.unrouted(), topology.dead());
            restore(now);
        } finally {
            Broker.abandon(channel);
        }
        return asked;
    }

    private void restore(Connection now) throws IOException {
        Channel channel = broker.channel(now);
        try {
            topology.declareCommon(channel);
            topology.settle(channel);
        } finally {
            Broker.abandon(channel);
        }
    }

    /// Something that asks the broker.
    private interface Question<T> {
        T answer() throws IOException;
    }

    /// Asks, and sees to it that everybody knows if there is no answer.
    private <T> T answered(Question<T> question) {
        try {
            return question.answer();
        } catch (IOException | RuntimeException problem) {
            RabbitTransportException failure = failed(problem);
            subscriptions.forEach(subscription -> subscription.fail(failure));
            throw failure;
        }
    }

    /// What it means that something failed. A connection on which there is no answer is ended.
    private RabbitTransportException failed(Exception problem) {
        RabbitTransportException failure = broker.translate(problem);
        if (failure.reason() == Reason.NO_ANSWER || failure.reason() == Reason.UNREACHABLE) {
            disconnect();
        }
        return failure;
    }

    /// Ends the connection, so that the broker gives what is not acknowledged to others, and another one is
    /// made.
    private void disconnect() {
        Connection silent = connection;
        Connection other = talking;
        connection = null;
        talking = null;
        if (silent != null) {
            Broker.abandon(silent);
        }
        if (other != null) {
            Broker.abandon(other);
        }
    }

    @Override
    public void close() {
        closed = true;
        thread.close(broker.timeout());
        disconnect();
    }
}
