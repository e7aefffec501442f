package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.transport.TransportHealth;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The log in PostgreSQL as a transport for several instances: the members of a group share its partitions.
final class PostgresTransport implements Transport {
    private final PostgresDatabase database;
    private final PostgresAppender appender;
    private final PostgresPartitions partitions;
    private final PostgresReader reader;
    private final LogTail tail;
    private final PostgresKeeper keeper;
    private final LogFollower follower;
    private final LogHerald herald;
    private final Duration lease;
    private volatile boolean closed;

    PostgresTransport(
            PostgresDatabase database,
            PostgresAppender appender,
            PostgresPartitions partitions,
            PostgresReader reader,
            LogTail tail,
            PostgresKeeper keeper,
            LogFollower follower,
            LogHerald herald,
            Duration lease) {
        this.database = database;
        this.appender = appender;
        this.partitions = partitions;
        this.reader = reader;
        this.tail = tail;
        this.keeper = keeper;
        this.follower = follower;
        this.herald = herald;
        this.lease = lease;
    }

    @Override
    public String name() {
        return JdbcTransport.NAME;
    }

    @Override
    public boolean filtersDuplicates() {
        return true;
    }

    static TransportException problem(StoreException failure) {
        return new TransportException(JdbcTransport.NAME, String.valueOf(failure.getMessage()), failure);
    }

    void requireOpen() {
        if (closed) {
            throw new TransportException(JdbcTransport.NAME, "the log on " + database.name() + " is closed", null);
        }
    }

    boolean isClosed() {
        return closed;
    }

    PostgresKeeper keeper() {
        return keeper;
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        requireOpen();
        if (events.isEmpty()) {
            return List.of();
        }
        Append append = new Append(events);
        try {
            appender.write(append);
        } catch (StoreException failure) {
            throw problem(failure);
        }
        return append.outcome();
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        requireOpen();
        byte[] random = new byte[8];
        new SecureRandom().nextBytes(random);
        String member = HexFormat.of().formatHex(random);
        GroupRows rows = new GroupRows(membership.group(), member, lease);
        try {
            keeper.durably(connection -> {
                rows.prepare(connection, partitions.count(), membership.startFrom());
                return true;
            });
        } catch (StoreException failure) {
            throw problem(failure);
        }
        PostgresSubscription subscription =
                new PostgresSubscription(this, partitions, membership, member, rows, signal, tail, reader, lease);
        subscription.begin();
        keeper.add(subscription);
        herald.groups();
        return subscription;
    }

    void remove(PostgresSubscription subscription) {
        keeper.remove(subscription);
    }

    /// Members have come or gone, or gave something up.
    void groupsChanged() {
        keeper.tendNow();
        herald.groups();
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return partitions.of(partitions.numberOf(domain, subject));
    }

    @Override
    public TransportHealth health() {
        String trouble = closed
                ? "the log on " + database.name() + " is closed"
                : firstOf(appender.trouble(), keeper.trouble(), follower.trouble());
        return trouble != null
                ? new TransportHealth(false, trouble)
                : new TransportHealth(true, database.name() + ", version " + database.version());
    }

    private static @Nullable String firstOf(@Nullable String... troubles) {
        return Stream.of(troubles).filter(each -> each != null).findFirst().orElse(null);
    }

    /// Refuses what is sent from now on, and ends subscriptions that are still open. The log that this belongs to
    /// is closed by itself.
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        keeper.subscriptions().forEach(Subscription::close);
    }
}
