package ai.tradesense.jdbc;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.InstanceReport;
import ai.tradesense.control.Order;
import ai.tradesense.control.StandingOrder;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/// Orders of operators in the log's database. Changes go through a writer; the newest revision is kept in
/// memory, so that asking for what is new costs nothing while there is nothing.
final class JdbcControlStore implements ControlStore {
    private final ChangeWriter writer;
    private final ReadConnections readers;
    private final AtomicLong newest = new AtomicLong();

    JdbcControlStore(ChangeWriter writer, ReadConnections readers) {
        this.writer = writer;
        this.readers = readers;
        newest.set(readers.read(JdbcControlStore::newest));
    }

    /// Somebody has given an order of this revision.
    void given(long revision) {
        newest.accumulateAndGet(revision, Math::max);
    }

    private static long newest(Connection connection) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT coalesce(max(revision), 0) FROM orders")) {
            return row.next() ? row.getLong(1) : 0;
        }
    }

    @Override
    public StandingOrder give(String worker, Order order, String by, Instant at) {
        Give give = new Give(worker, order, by, at);
        writer.execute(give);
        return new StandingOrder(give.revision, worker, order, by, at);
    }

    private final class Give extends Change {
        private final String worker;
        private final Order order;
        private final String by;
        private final Instant at;
        private volatile long revision;

        Give(String worker, Order order, String by, Instant at) {
            this.worker = worker;
            this.order = order;
            this.by = by;
            this.at = at;
        }

        @Override
        void apply(WriteSession session) throws SQLException {
            long next = newest(session.connection()) + 1;
            try (PreparedStatement replace = session.connection().prepareStatement("""
                    INSERT INTO orders (worker, topic, what, revision, given_by, given_at) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (worker, topic) DO UPDATE SET what = excluded.what, revision = excluded.revision,
                      given_by = excluded.given_by, given_at = excluded.given_at""")) {
                replace.setString(1, worker);
                replace.setString(2, order.topic().name());
                replace.setString(3, order.text());
                replace.setLong(4, next);
                replace.setString(5, by);
                replace.setString(6, at.toString());
                replace.executeUpdate();
            }
            revision = next;
        }

        @Override
        void committed() {
            given(revision);
        }
    }

    @Override
    public List<StandingOrder> after(long revision) {
        return revision >= newest.get() ? List.of() : readers.read(connection -> select(connection, revision));
    }

    @Override
    public void report(InstanceReport report, Instant forgetBefore) {
        writer.execute(new Change() {
            @Override
            void apply(WriteSession session) throws SQLException {
                InstanceRows.replace(session.connection(), report, forgetBefore);
            }
        });
    }

    @Override
    public List<InstanceReport> instances() {
        return readers.read(InstanceRows::all);
    }

    @Override
    public void forget(String instance) {
        writer.execute(new Change() {
            @Override
            void apply(WriteSession session) throws SQLException {
                InstanceRows.delete(session.connection(), instance);
            }
        });
    }

    private static List<StandingOrder> select(Connection connection, long revision) throws SQLException {
        List<StandingOrder> orders = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT revision, worker, what, given_by, given_at FROM orders WHERE revision > ? ORDER BY revision""")) {
            select.setLong(1, revision);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    orders.add(new StandingOrder(
                            row.getLong(1),
                            row.getString(2),
                            Order.parse(row.getString(3)),
                            row.getString(4),
                            Instant.parse(row.getString(5))));
                }
            }
        }
        return orders;
    }
}
