package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.Address;
import com.rabbitmq.client.AuthenticationFailureException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.ChannelContinuationTimeoutException;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.Method;
import com.rabbitmq.client.PossibleAuthenticationFailureException;
import com.rabbitmq.client.ShutdownSignalException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.URISyntaxException;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// How a RabbitMQ is connected to, and what its refusals mean. The client restores nothing by itself: what a
/// connection had under way when it broke is known to whoever used it.
final class Broker {
    private static final int ABANDON_MILLIS = 1;
    private static final String MISSING = "NOT_FOUND - no ";
    private static final Logger LOG = LoggerFactory.getLogger(Broker.class);

    private final ConnectionFactory factory = new ConnectionFactory();
    private final Set<Connection> blocked = ConcurrentHashMap.newKeySet();
    private final List<Node> nodes;
    private final String address;
    private final Duration timeout;
    private volatile String version = "not known";

    Broker(RabbitSettings settings) {
        this.nodes = settings.nodes();
        this.address = settings.address();
        this.timeout = settings.timeout();
        int millis = Math.toIntExact(timeout.toMillis());
        try {
            factory.setUri(settings.uri());
            if (settings.isTls()) {
                factory.useSslProtocol(SSLContext.getDefault()); // setUri would trust anybody
                factory.enableHostnameVerification();
            }
        } catch (URISyntaxException | GeneralSecurityException failure) {
            throw new RabbitTransportException(Reason.UNSUITABLE, "no way to connect to " + address, failure);
        }
        factory.setAutomaticRecoveryEnabled(false);
        factory.setTopologyRecoveryEnabled(false);
        factory.setConnectionTimeout(millis);
        factory.setHandshakeTimeout(millis);
        factory.setChannelRpcTimeout(millis);
        factory.setShutdownTimeout(millis);
        factory.setChannelShouldCheckRpcResponseType(true);
        // The broker gives a silent connection up after two of these or more, and so not before a lease has lapsed.
        factory.setRequestedHeartbeat((int) Math.max(1, (settings.lease().toMillis() + 1_999) / 2_000));
        // To tell a channel of the end of its connection may have to wait for who writes on it, and that one for the
        // connection to be ended.
        factory.setShutdownExecutor(Executors.newThreadPerTaskExecutor(
                Thread.ofVirtual().name("rabbitmq-shutdown-", 0).factory()));
        factory.setThreadFactory(
                Thread.ofPlatform().daemon(true).name("rabbitmq-client-", 0).factory());
    }

    String address() {
        return address;
    }

    Duration timeout() {
        return timeout;
    }

    /// What it said it is when it was connected to last.
    String version() {
        return version;
    }

    /// Those that are named.
    List<Node> nodes() {
        return nodes;
    }

    /// Connects to any node, which may take the timeout twice for each that is silent. Each connection tries them in
    /// another order, so that they share the load.
    ///
    /// @throws RabbitTransportException if none can be had; what a node says that is there counts most
    Connection connect(String purpose) {
        List<Node> inTurn = new ArrayList<>(nodes);
        Collections.shuffle(inTurn);
        RabbitTransportException refusal = null;
        for (Node node : inTurn) {
            try {
                return connect(node, purpose);
            } catch (RabbitTransportException failure) {
                refusal = refusal == null || refusal.reason() == Reason.UNREACHABLE ? failure : refusal;
            }
        }
        throw Objects.requireNonNull(refusal);
    }

    /// Connects to one node, which may take the timeout twice.
    Connection connect(Node node, String purpose) {
        try {
            Connection connection =
                    factory.newConnection(List.of(new Address(node.host(), node.port())), "tradesense " + purpose);
            version = String.valueOf(connection.getServerProperties().get("version"));
            connection.addBlockedListener(reason -> blocked.add(connection), () -> blocked.remove(connection));
            connection.addShutdownListener(ended -> blocked.remove(connection));
            return connection;
        } catch (IOException | TimeoutException failure) {
            throw translate(failure);
        }
    }

    /// Whether the broker reads nothing of this connection for now, because its memory or disk is short. It blocks
    /// those on which something was published, whole: nothing else that is asked on them is answered.
    boolean isBlocked(Connection connection) {
        return blocked.contains(connection);
    }

    /// What is said of a broker whose memory or disk is short.
    String blockedSentence() {
        return address + " takes no events: its memory or disk is short";
    }

    /// Ends a connection, whatever state it is in, and waits for nobody: to write on one that is silent may take
    /// for ever.
    static void abandon(Connection connection) {
        Thread.ofVirtual().name("rabbitmq-abandon").start(() -> connection.abort(ABANDON_MILLIS));
    }

    /// Ends a channel, whatever state it is in, and waits for nobody: the client would wait ten seconds for a
    /// broker that is silent.
    static void abandon(Channel channel) {
        if (!channel.isOpen()) {
            return;
        }
        Thread.ofVirtual().name("rabbitmq-abandon").start(() -> {
            try {
                channel.abort();
            } catch (IOException gone) {
                LOG.debug("a channel was gone already", gone);
            }
        });
    }

    /// Opens a channel.
    Channel channel(Connection connection) throws IOException {
        Channel channel = connection.createChannel();
        if (channel == null) {
            throw new IOException("the connection to " + address + " allows no further channel");
        }
        return channel;
    }

    /// Waits until everything is confirmed that was published on a channel. (The client's own way to do this closes
    /// the channel when it has waited long enough, and then waits ten seconds more.)
    void awaitConfirms(Channel channel, String what) {
        try {
            if (!channel.waitForConfirms(timeout.toMillis())) {
                throw new RabbitTransportException(Reason.REFUSED, address + " refuses " + what, null);
            }
        } catch (TimeoutException silent) {
            throw silence(channel.getConnection(), "confirmed " + what, silent);
        } catch (InterruptedException interrupted) {
            throw interrupted(interrupted);
        }
    }

    static RabbitTransportException interrupted(InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        return new RabbitTransportException(Reason.NO_ANSWER, "interrupted", interrupted);
    }

    /// What it means that something was asked on a connection and not answered in time.
    RabbitTransportException silence(Connection connection, String what, @Nullable Throwable cause) {
        return isBlocked(connection)
                ? new RabbitTransportException(Reason.BLOCKED, blockedSentence(), cause)
                : new RabbitTransportException(
                        Reason.NO_ANSWER, address + " has not " + what + " within " + timeout, cause);
    }

    /// What a failure means to who asked for something.
    RabbitTransportException translate(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof RabbitTransportException known) {
                return known;
            }
            Reason reason = reasonOf(cause);
            if (reason != null) {
                return new RabbitTransportException(reason, sentence(reason, cause), failure);
            }
        }
        return new RabbitTransportException(
                Reason.UNREACHABLE, address + " cannot be reached: " + failure.getMessage(), failure);
    }

    private static @Nullable Reason reasonOf(Throwable cause) {
        return switch (cause) {
            case AuthenticationFailureException refused -> Reason.NOT_PERMITTED;
            case PossibleAuthenticationFailureException refused -> Reason.NOT_PERMITTED;
            case SSLHandshakeException refused -> Reason.NOT_TRUSTED;
            case ShutdownSignalException closed -> reasonOf(closed);
            case ChannelContinuationTimeoutException silent -> Reason.NO_ANSWER;
            case TimeoutException silent -> Reason.NO_ANSWER;
            case SocketTimeoutException silent -> Reason.NO_ANSWER;
            default -> null;
        };
    }

    private static @Nullable Reason reasonOf(ShutdownSignalException closed) {
        return switch (replyCode(closed)) {
            case AMQP.ACCESS_REFUSED, AMQP.NOT_ALLOWED -> Reason.NOT_PERMITTED;
            case AMQP.PRECONDITION_FAILED -> Reason.UNSUITABLE;
            case AMQP.NOT_FOUND -> isMissing(closed) ? Reason.GONE : Reason.REFUSED;
            case 0 -> null;
            default -> Reason.REFUSED;
        };
    }

    private String sentence(Reason reason, Throwable cause) {
        return switch (reason) {
            case NO_ANSWER -> address + " has not answered within " + timeout;
            case NOT_PERMITTED -> address + " does not permit it: " + text(cause);
            case NOT_TRUSTED -> address + " has a certificate that is not accepted: " + text(cause);
            case UNSUITABLE -> address + " has it otherwise: " + text(cause);
            case UNREACHABLE, BLOCKED, REFUSED, GONE, CLOSED -> address + " refuses: " + text(cause);
        };
    }

    private static String text(Throwable cause) {
        Method reason = cause instanceof ShutdownSignalException closed ? closed.getReason() : null;
        return switch (reason) {
            case AMQP.Channel.Close close -> close.getReplyText();
            case AMQP.Connection.Close close -> close.getReplyText();
            case null, default -> String.valueOf(cause.getMessage());
        };
    }

    /// The code with which the broker closed a channel or connection; 0 if it did not.
    private static int replyCode(ShutdownSignalException closed) {
        return switch (closed.getReason()) {
            case AMQP.Channel.Close close -> close.getReplyCode();
            case AMQP.Connection.Close close when !closed.isInitiatedByApplication() -> close.getReplyCode();
            case null, default -> 0;
        };
    }

    /// Whether the broker says that there is no such queue. It has the same code for one that is there and not up
    /// yet, as after a restart.
    static boolean isMissing(Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShutdownSignalException closed) {
                return replyCode(closed) == AMQP.NOT_FOUND && text(closed).startsWith(MISSING);
            }
        }
        return false;
    }

    /// Whether the broker gave this code when it refused something.
    static boolean refusedWith(int code, Throwable failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof ShutdownSignalException closed) {
                return replyCode(closed) == code;
            }
        }
        return false;
    }
}
