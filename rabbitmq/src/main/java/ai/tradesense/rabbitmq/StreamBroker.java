package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitStreamSettings.Addresses;
import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamLink.Making;
import com.rabbitmq.stream.AuthenticationFailureException;
import com.rabbitmq.stream.impl.Client.Broker;
import com.rabbitmq.stream.impl.Client.ClientParameters;
import io.netty.channel.ChannelOption;
import io.netty.channel.ConnectTimeoutException;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The nodes of a RabbitMQ, the links to them, and what their refusals mean. A stream is written and read at the
/// node that leads it, so that what was confirmed is what is read next.
///
/// Safe for use by several threads; a purpose has links of its own, so that one that is slow holds up no other.
final class StreamBroker implements AutoCloseable {
    /// What a link is for.
    enum Purpose {
        /// Leases, positions, and questions that are answered at once.
        CONTROL,
        PUBLISHING,
        READING
    }

    private static final Duration BETWEEN_ATTEMPTS = Duration.ofMillis(100); // whoever asks, and however often
    private static final Duration QUIET = Duration.ofMillis(1);

    private final RabbitStreamSettings settings;
    private final List<Node> nodes;
    private final @Nullable SslContext tls;
    private final EventLoopGroup threads = new MultiThreadIoEventLoopGroup(
            1, Thread.ofPlatform().daemon(true).name("rabbitmq-stream-", 0).factory(), NioIoHandler.newFactory());
    private final Map<Purpose, Links> links = new EnumMap<>(Purpose.class);
    private volatile String version = "not known";
    private volatile boolean closed;

    /// Those of one purpose. Its monitor is held while one is being connected.
    private static final class Links {
        private final Map<Node, List<StreamLink>> byNode = new HashMap<>();
        private final Map<Node, Refusal> refusals = new HashMap<>(); // of the last attempt

        /// One that there is to any node; null if there is none.
        private synchronized @Nullable StreamLink any() {
            return byNode.values().stream()
                    .flatMap(List::stream)
                    .filter(StreamLink::isOpen)
                    .findFirst()
                    .orElse(null);
        }
    }

    private record Refusal(long until, RabbitTransportException why) {}

    StreamBroker(RabbitStreamSettings settings) {
        this.settings = settings;
        this.nodes = settings.nodes();
        for (Purpose purpose : Purpose.values()) {
            links.put(purpose, new Links());
        }
        try {
            this.tls = settings.isTls() ? SslContextBuilder.forClient().build() : null;
        } catch (SSLException failure) {
            throw new RabbitTransportException(
                    Reason.UNSUITABLE, "no way to connect to " + settings.address(), failure);
        }
    }

    String address() {
        return settings.address();
    }

    Duration timeout() {
        return settings.timeout();
    }

    /// What it said it is when it was connected to last.
    String version() {
        return version;
    }

    /// A link to the node that leads a stream, with room for a writer.
    ///
    /// @throws RabbitTransportException if the stream is not there, or cannot be reached
    StreamLink toWrite(String stream, Purpose purpose) {
        return toLeader(stream, purpose, StreamLink::hasRoomToWrite);
    }

    /// The same with room for a reader.
    StreamLink toRead(String stream, Purpose purpose) {
        return toLeader(stream, purpose, StreamLink::hasRoomToRead);
    }

    private StreamLink toLeader(String stream, Purpose purpose, Predicate<StreamLink> room) {
        long began = System.nanoTime();
        Broker leader = leader(stream);
        Duration patience = purpose == Purpose.PUBLISHING ? Duration.ZERO : timeout(); // one thread publishes for all
        while (leader == null) { // it is being elected, or the broker has just been started
            pause(began, patience, "the stream " + stream + " has no leader");
            leader = leader(stream);
        }
        return settings.addresses() == Addresses.CONFIGURED
                ? link(nodes.getFirst(), purpose, room)
                : link(new Node(leader.getHost(), leader.getPort()), purpose, room);
    }

    private @Nullable Broker leader(String stream) {
        StreamLink link = control();
        Broker[] found = new Broker[1];
        told(() -> found[0] = link.leader(stream));
        return found[0];
    }

    /// Waits a moment for what will be so soon.
    ///
    /// @throws RabbitTransportException if it has not been so for that long
    private void pause(long began, Duration patience, String why) {
        if (System.nanoTime() - began >= patience.toNanos()) {
            throw new RabbitTransportException(Reason.UNREACHABLE, address() + ": " + why, null);
        }
        LockSupport.parkNanos(this, BETWEEN_ATTEMPTS.toNanos());
    }

    /// A link to any node: one that there is, or else to the first that can be had.
    ///
    /// @throws RabbitTransportException if none can be had; what a node says that is there counts most
    private StreamLink control() {
        StreamLink known = pool(Purpose.CONTROL).any();
        if (known != null) {
            return known;
        }
        List<Node> inTurn = new ArrayList<>(nodes);
        Collections.shuffle(inTurn);
        RabbitTransportException refusal = null;
        for (Node node : inTurn) {
            try {
                return link(node, Purpose.CONTROL, StreamLink::isOpen);
            } catch (RabbitTransportException failure) {
                refusal = refusal == null || refusal.reason() == Reason.UNREACHABLE ? failure : refusal;
            }
        }
        throw Objects.requireNonNull(refusal);
    }

    private StreamLink link(Node node, Purpose purpose, Predicate<StreamLink> room) {
        Links pool = pool(purpose);
        synchronized (pool) {
            if (closed) {
                throw new RabbitTransportException(Reason.CLOSED, "the transport to " + address() + " is closed", null);
            }
            List<StreamLink> known = pool.byNode.computeIfAbsent(node, each -> new ArrayList<>());
            known.removeIf(link -> !link.isOpen());
            for (StreamLink link : known) {
                if (room.test(link)) {
                    return link;
                }
            }
            Refusal refusal = pool.refusals.get(node);
            long began = System.nanoTime();
            if (refusal != null && began - refusal.until < 0) {
                throw new RabbitTransportException(refusal.why.reason(), refusal.why.sentence(), refusal.why);
            }
            try {
                StreamLink made = connect(node, purpose);
                known.add(made);
                pool.refusals.remove(node);
                return made;
            } catch (RabbitTransportException failure) {
                long now = System.nanoTime();
                long took = purpose == Purpose.PUBLISHING ? now - began : 0; // there is to be time for other nodes
                pool.refusals.put(node, new Refusal(now + Math.max(took, BETWEEN_ATTEMPTS.toNanos()), failure));
                throw failure;
            }
        }
    }

    private Links pool(Purpose purpose) {
        Links pool = links.get(purpose);
        if (pool == null) {
            throw new IllegalStateException("no links for " + purpose);
        }
        return pool;
    }

    private StreamLink connect(Node node, Purpose purpose) {
        int millis = Math.toIntExact(settings.timeout().toMillis());
        // A silent node is given up after two of these; seconds are all there is.
        Duration heartbeat = Duration.ofSeconds(Math.max(1, settings.lease().toMillis() / 2_000));
        ClientParameters parameters = new ClientParameters()
                .host(node.host())
                .port(node.port())
                .virtualHost(settings.virtualHost())
                .username(settings.user())
                .password(settings.password())
                .requestedHeartbeat(heartbeat)
                .rpcTimeout(settings.timeout())
                .eventLoopGroup(threads)
                .bootstrapCustomizer(bootstrap -> {
                    bootstrap.group(threads);
                    bootstrap.option(ChannelOption.CONNECT_TIMEOUT_MILLIS, millis);
                    bootstrap.option(ChannelOption.TCP_NODELAY, true);
                })
                .clientProperty(
                        "connection_name", "tradesense " + purpose.name().toLowerCase(java.util.Locale.ROOT));
        if (tls != null) {
            parameters.sslContext(tls);
        }
        String at = node.toString();
        try {
            StreamLink made = new StreamLink(at, parameters);
            version = made.version();
            return made;
        } catch (RuntimeException failure) {
            throw translate(failure, at);
        }
    }

    /// Asks on a link, and says in our words what went wrong.
    <T> T asked(Question<T> question) {
        try {
            return question.answer();
        } catch (RuntimeException failure) {
            throw translate(failure, address());
        }
    }

    /// Something that is asked.
    interface Question<T> {
        T answer();
    }

    /// The same without an answer.
    void told(Runnable order) {
        Object _ = asked(() -> {
            order.run();
            return Purpose.CONTROL;
        });
    }

    /// Makes a stream, unless it is there.
    ///
    /// @return whether it was made
    boolean create(String stream, Map<String, String> arguments) {
        long began = System.nanoTime();
        Making making = asked(() -> control().create(stream, arguments));
        while (making == Making.NOT_YET) {
            pause(began, timeout(), "the broker has an error within and cannot make " + stream);
            making = asked(() -> control().create(stream, arguments));
        }
        return making == Making.MADE;
    }

    /// Whether it answers.
    void look() {
        told(() -> control().look());
    }

    /// Ends the links of a purpose, which seem to be silent; others are made when they are needed.
    void abandon(Purpose purpose) {
        Links pool = pool(purpose);
        List<StreamLink> silent = new ArrayList<>();
        synchronized (pool) {
            pool.byNode.values().forEach(silent::addAll);
            pool.byNode.clear();
        }
        silent.forEach(StreamLink::abandon);
    }

    /// What a failure means to who asked for something.
    RabbitTransportException translate(RuntimeException failure, String at) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case RabbitTransportException known -> {
                    return known;
                }
                case AuthenticationFailureException refused -> {
                    return new RabbitTransportException(
                            Reason.NOT_PERMITTED, at + " does not permit it: " + refused.getMessage(), failure);
                }
                case TimeoutException silent -> {
                    return silence(at, failure);
                }
                case ConnectTimeoutException silent -> {
                    return silence(at, failure);
                }
                default -> {
                    if (cause.getClass().getSimpleName().startsWith("Timeout")) { // the client's own is not public
                        return silence(at, failure);
                    }
                }
            }
        }
        return new RabbitTransportException(
                Reason.UNREACHABLE, at + " cannot be reached: " + failure.getMessage(), failure);
    }

    private RabbitTransportException silence(String at, RuntimeException failure) {
        return new RabbitTransportException(
                Reason.NO_ANSWER, at + " has not answered within " + settings.timeout(), failure);
    }

    @Override
    public void close() {
        closed = true;
        for (Purpose purpose : Purpose.values()) {
            abandon(purpose);
        }
        Future<?> _ =
                threads.shutdownGracefully(QUIET.toMillis(), settings.timeout().toMillis(), TimeUnit.MILLISECONDS);
    }
}
