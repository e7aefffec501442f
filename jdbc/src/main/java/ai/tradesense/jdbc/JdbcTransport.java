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
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The log as a transport of one partition. Of the subscriptions of a group, the oldest has the partition, and
/// the others stand by.
final class JdbcTransport implements Transport {
    static final String NAME = "embedded";
    static final Partition PARTITION = new Partition("log", 0);

    private final SqliteDatabase database;
    private final LogWriter writer;
    private final LogTail tail;
    private final GroupPositions positions;

    // Guarded by this.
    private final Map<String, ArrayDeque<JdbcSubscription>> members = new HashMap<>();
    private boolean closed;

    JdbcTransport(SqliteDatabase database, LogWriter writer, LogTail tail, GroupPositions positions) {
        this.database = database;
        this.writer = writer;
        this.tail = tail;
        this.positions = positions;
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
        if (events.isEmpty()) {
            return List.of();
        }
        Append append = new Append(events);
        execute(append);
        return append.outcome();
    }

    private void execute(Write write) {
        try {
            writer.execute(write);
        } catch (StoreException failure) {
            throw new TransportException(NAME, String.valueOf(failure.getMessage()), failure);
        }
    }

    private synchronized void requireOpen() {
        if (closed) {
            throw new TransportException(NAME, database.file() + " is closed; nothing was sent", null);
        }
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        requireOpen();
        GroupJoin join = new GroupJoin(membership.group(), membership.startFrom());
        execute(join);
        JdbcSubscription member = new JdbcSubscription(
                this, membership, signal, positions.of(membership.group(), join.position()), database, tail);
        synchronized (this) {
            requireOpen();
            ArrayDeque<JdbcSubscription> group = members.computeIfAbsent(membership.group(), _ -> new ArrayDeque<>());
            group.addLast(member);
            if (group.getFirst() == member) {
                member.promote();
            }
        }
        member.begin();
        return member;
    }

    /// A subscription has moved its group's position.
    void positionSettled() {
        writer.positionsSettled();
    }

    /// A subscription ends: its group's position becomes durable, and the next one in line takes over.
    void leave(JdbcSubscription member, String group) {
        JdbcSubscription next = null;
        synchronized (this) {
            ArrayDeque<JdbcSubscription> rest = members.get(group);
            if (rest != null) {
                boolean hadPartition = rest.peekFirst() == member;
                rest.remove(member);
                next = hadPartition ? rest.peekFirst() : null;
                if (rest.isEmpty()) {
                    members.remove(group);
                }
            }
            if (next != null) {
                next.promote();
            }
        }
        if (next != null) {
            next.signal();
        }
    }

    /// Makes settled positions durable now.
    void flushPositions() {
        execute(new Change() {
            @Override
            void apply(WriteSession session) {
                // What brings no events takes the positions along.
            }
        });
    }

    /// Whether anybody reads for a group.
    synchronized boolean hasMembers(String group) {
        return members.containsKey(group);
    }

    synchronized boolean isClosed() {
        return closed;
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return PARTITION;
    }

    @Override
    public TransportHealth health() {
        String trouble = isClosed() ? database.file() + " is closed" : writer.trouble();
        return trouble != null
                ? new TransportHealth(false, trouble)
                : new TransportHealth(true, "SQLite in " + database.file() + ", an fsync per commit");
    }

    /// Refuses what is sent from now on. The log that this belongs to is closed by itself.
    @Override
    public synchronized void close() {
        closed = true;
    }

    /// What went wrong while reading.
    static TransportException unreadable(SqliteDatabase database, Exception failure) {
        @Nullable String message = failure.getMessage();
        return new TransportException(NAME, database.file() + " could not be read: " + message, failure);
    }
}
