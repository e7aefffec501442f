package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.redis.RedisTransportException.Reason;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.LeaseKeeper;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportHealth;
import io.lettuce.core.SetArgs;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArraySet;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Carries events in Redis Streams: several instances, durable as far as Redis' append-only file is, subject
/// order kept by a stream per domain and partition that one member of a group has at a time.
///
/// ```java
/// RedisTransport transport = RedisTransport.open(RedisSettings.of("redis://localhost:6379"));
/// JdbcLog log = JdbcLog.open("jdbc:postgresql://localhost:5432/tradesense"); // records, and keeps what is parked
/// TradeSense tradesense = TradeSense.builder().log(log).transport(transport).build();
/// ```
///
/// It needs Redis 7 with an append-only file and `noeviction`, and says so if it finds another. Nothing is
/// repeated behind anybody's back: a [#send] that failed may be repeated, and within
/// [RedisSettings#remembered] events of a partition the same event is not stored twice.
public final class RedisTransport implements Transport {
    static final String NAME = "redis";

    private static final Duration BETWEEN_SAVINGS = Duration.ofMillis(5);

    private final RedisSettings settings;
    private final Connections connections;
    private final Link control;
    private final Keys keys;
    private final Partitioning partitioning;
    private final Appender appender;
    private final LeaseKeeper keeper;
    private final Set<RedisSubscription> subscriptions = new CopyOnWriteArraySet<>();
    private final Server server;
    private final Set<String> sentTo = ConcurrentHashMap.newKeySet();
    private volatile Set<String> domains = Set.of();
    private volatile @Nullable String latestLoss;
    private volatile boolean closed;

    private RedisTransport(RedisSettings settings) {
        this.settings = settings;
        this.connections = new Connections(settings);
        this.keys = new Keys(settings.prefix());
        this.partitioning = new Partitioning(settings.partitions());
        this.control = connections.link();
        try {
            this.server = Server.examine(control, settings);
            agreeOnPartitions();
        } catch (RuntimeException failure) {
            control.close();
            connections.close();
            throw failure;
        }
        this.appender = new Appender(connections.link(), keys, partitioning, settings, this::noteLoss);
        this.keeper = new LeaseKeeper(
                "redis-lease-keeper", settings.lease(), BETWEEN_SAVINGS, System::nanoTime, new Keeping());
    }

    /// Connects.
    ///
    /// @throws RedisTransportException if there is no Redis, it refuses, or it cannot keep what this
    ///     transport promises
    public static RedisTransport open(RedisSettings settings) {
        RedisTransport transport = new RedisTransport(settings);
        transport.keeper.start();
        return transport;
    }

    /// Looks whether a Redis can be used, and changes nothing. Blocks for I/O.
    ///
    /// @return what is there, in words
    /// @throws RedisTransportException saying what is wrong
    public static String check(RedisSettings settings) {
        try (Connections connections = new Connections(settings);
                Link link = connections.link()) {
            return link.address() + ", " + Server.examine(link, settings).description();
        }
    }

    /// The first to come says how many partitions there are; who sees another number would look in the wrong
    /// places.
    private void agreeOnPartitions() {
        Link.Connected connected = control.connected();
        byte[] mine = Keys.bytes(Integer.toString(settings.partitions()));
        control.await(connected, connected.commands().set(keys.partitions(), mine, SetArgs.Builder.nx()));
        byte[] agreed = control.await(connected, connected.commands().get(keys.partitions()));
        if (!Arrays.equals(agreed, mine)) {
            throw new RedisTransportException(
                    Reason.UNSUITABLE,
                    control.address() + " holds events under the prefix '" + settings.prefix() + "' in "
                            + new String(agreed, UTF_8) + " partitions per domain, expected " + settings.partitions(),
                    null);
        }
    }

    RedisSettings settings() {
        return settings;
    }

    Partitioning partitioning() {
        return partitioning;
    }

    LeaseKeeper keeper() {
        return keeper;
    }

    String address() {
        return control.address();
    }

    @Override
    public String name() {
        return NAME;
    }

    @Override
    public boolean filtersDuplicates() {
        return true;
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        requireOpen();
        for (DomainEvent event : events) {
            String domain = event.type().domain();
            if (!sentTo.contains(domain)) {
                announce(domain);
            }
        }
        return events.isEmpty() ? List.of() : appender.append(events);
    }

    /// A domain must be known before its first event is there, so that no group misses it.
    private void announce(String domain) {
        Link.Connected connected = control.connected();
        control.await(connected, connected.commands().sadd(keys.domains(), Keys.bytes(domain)));
        sentTo.add(domain);
        keeper.tendNow();
    }

    /// What is done in the keeper's thread.
    private final class Keeping implements LeaseKeeper.Duties {
        @Override
        public LeaseKeeper.Next tend() {
            learnDomains();
            AtomicBoolean changing = new AtomicBoolean();
            forEach(subscription -> changing.compareAndSet(false, subscription.tend()));
            return changing.get() ? LeaseKeeper.Next.SOON : LeaseKeeper.Next.USUALLY;
        }

        @Override
        public void save() {
            forEach(RedisSubscription::save);
        }

        /// What fails for one group holds up no other, unless Redis does not answer: then it answers nobody.
        private void forEach(Consumer<RedisSubscription> duty) {
            RuntimeException first = null;
            for (RedisSubscription subscription : subscriptions) {
                try {
                    duty.accept(subscription);
                } catch (RuntimeException failure) {
                    if (failure instanceof RedisTransportException told && told.isWithoutAnswer()) {
                        throw failure;
                    }
                    first = first == null ? failure : first;
                }
            }
            if (first != null) {
                throw first;
            }
        }
    }

    /// Learns which domains there are, and says again which ones there are events of here, should Redis have
    /// forgotten.
    private void learnDomains() {
        Link.Connected connected = control.connected();
        if (!sentTo.isEmpty()) {
            byte[][] own = sentTo.stream().map(Keys::bytes).toArray(byte[][]::new);
            control.await(connected, connected.commands().sadd(keys.domains(), own));
        }
        Set<String> found = new TreeSet<>();
        control.await(connected, connected.commands().smembers(keys.domains()))
                .forEach(domain -> found.add(new String(domain, UTF_8)));
        domains = found;
    }

    /// Those that a member wants, as far as there are any.
    List<String> domainsOf(GroupMembership membership) {
        return List.copyOf(membership.domains().isEmpty() ? domains : new TreeSet<>(membership.domains()));
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        requireOpen();
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        String member = HexFormat.of().formatHex(random);
        GroupProtocol protocol = new GroupProtocol(keys, membership.group(), member, membership.domains(), settings);
        prepare(membership, protocol);
        RedisSubscription subscription = new RedisSubscription(
                this, membership, member, signal, protocol, control, connections.link(), keys, settings.lease());
        subscriptions.add(subscription);
        keeper.tendNow();
        return subscription;
    }

    /// Makes the group known wherever there are events that it wants, so that what is sent from now on is its
    /// own. A domain that comes later begins at its beginning.
    private void prepare(GroupMembership membership, GroupProtocol protocol) {
        learnDomains();
        Link.Connected connected = control.connected();
        boolean all = membership.domains().isEmpty();
        byte[] joinedAll = keys.joinedAll(membership.group());
        boolean fromEnd = membership.startFrom() == StartFrom.END
                && !(all && control.await(connected, connected.commands().exists(joinedAll)) == 1);
        List<Future<?>> answers = new ArrayList<>();
        answers.add(protocol.join(connected));
        for (String domain : domainsOf(membership)) {
            for (Partition partition : partitioning.ofDomain(domain)) {
                answers.add(protocol.prepare(connected, partition, fromEnd));
            }
        }
        if (all) {
            answers.add(connected.commands().set(joinedAll, Keys.bytes("1")));
        }
        answers.forEach(answer -> control.await(connected, answer));
    }

    void remove(RedisSubscription subscription) {
        subscriptions.remove(subscription);
    }

    boolean isClosed() {
        return closed;
    }

    void requireOpen() {
        if (closed) {
            throw new RedisTransportException(Reason.CLOSED, "the transport to " + address() + " is closed", null);
        }
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return partitioning.of(domain, subject);
    }

    @Override
    public TransportHealth health() {
        if (closed) {
            return new TransportHealth(false, "the transport to " + address() + " is closed");
        }
        String trouble = keeper.trouble() != null ? keeper.trouble() : appender.trouble();
        String detail = trouble != null ? trouble : address() + ", " + server.description();
        String loss = latestLoss;
        return new TransportHealth(trouble == null, loss == null ? detail : detail + ". Lost since the start: " + loss);
    }

    /// What Redis had confirmed and no longer has is part of the health until the transport is closed.
    void noteLoss(String loss) {
        latestLoss = loss;
    }

    /// Ends subscriptions that are still open, too.
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        appender.close();
        subscriptions.forEach(Subscription::close);
        keeper.close(settings.timeout());
        control.close();
        connections.close();
    }
}
