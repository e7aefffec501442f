package ai.tradesense.transaction;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.Transport;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sends what is in an outbox: reads the oldest rows, sends them in order and deletes them once the transport
/// has them.
///
/// **Nothing is lost.** A row goes after its event is durable, and by its own key: a transaction that commits
/// later may have a lower one. If the process ends between the two, the event is sent again with the same id.
///
/// **The order of a subject is kept,** however many relays there are: each sends what it sees in order, and
/// sends a row only when all it saw before it were sent. So an event may come twice, but for the first time
/// only in order. (Two transactions that publish for the same subject at the same time have no order; whose
/// commit comes first is not always who wrote first.) A lease by the database's clock sees to it that usually
/// one relay works.
///
/// An event that can never be sent is left in the table with its `problem`, where an operator finds it; later
/// ones go on. To have it sent again, set that column to null.
///
/// The platform's meters say what is in the outbox, counted every ten seconds: `tradesense.outbox.waiting` and
/// `.refused`, and `.up`, which is 0 while the relay cannot send.
public final class OutboxRelay implements AutoCloseable {
    private static final Duration LEASE = Duration.ofSeconds(5);
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(50);
    private static final Duration AFTER_TROUBLE = Duration.ofMillis(500);
    private static final Duration ANSWER = Duration.ofSeconds(10);
    private static final Duration CANCELLING = Duration.ofSeconds(2);
    private static final Duration BETWEEN_COUNTS = Duration.ofSeconds(10);
    private static final int MAX_ROWS = 1_000;
    private static final int MAX_BYTES = 4 << 20;
    private static final Logger LOG = LoggerFactory.getLogger(OutboxRelay.class);

    /// What is in an outbox.
    ///
    /// @param waiting events to be sent
    /// @param refused events that can never be sent
    /// @param trouble why this relay could not send; null if it could
    public record Status(
            long waiting, long refused, @Nullable String trouble) {}

    private record Row(long position, DomainEvent event) {}

    private final String table;
    private final Transport transport;
    private final DataSource source;
    private final Duration lease;
    private final Duration answer;
    private final String name = UUID.randomUUID().toString();
    private final InstantSource clock = InstantSource.system();
    private final AgentRuntime runtime = new ThreadRuntime(clock);
    private final OutboxMeters meters;
    private volatile @Nullable String trouble;
    private volatile Status counted = new Status(0, 0, null);
    private volatile @Nullable Instant wakeAt;
    private volatile int statementSeconds; // for how long a statement may run; 0 if for as long as it takes
    private @Nullable AgentHandle handle;

    // Touched by the step alone, and when there is none any more.
    private @Nullable Connection connection;
    private String nowMillis = "";
    private Instant nextCount = Instant.MIN;

    OutboxRelay(Outbox outbox, DataSource source, Duration lease) {
        this(outbox, source, lease, ANSWER);
    }

    /// @param answer how long a server is waited for
    OutboxRelay(Outbox outbox, DataSource source, Duration lease, Duration answer) {
        this.table = outbox.table();
        this.transport = outbox.platform().transport();
        this.source = source;
        this.lease = lease;
        this.answer = answer;
        this.meters = new OutboxMeters(
                outbox.platform().meters(), table, () -> new Status(counted.waiting(), counted.refused(), trouble));
    }

    static OutboxRelay start(Outbox outbox, DataSource source) {
        return start(outbox, source, LEASE);
    }

    /// @param lease for how long a relay that shows no life keeps its turn
    static OutboxRelay start(Outbox outbox, DataSource source, Duration lease) {
        OutboxRelay relay = new OutboxRelay(outbox, source, lease);
        relay.handle = relay.runtime.start(relay.new Sending(), AgentRuntime.Kind.LOOP);
        return relay;
    }

    /// Has it look at once, for example after a commit; by itself it looks 20 times a second. Any thread, never
    /// blocks.
    public void wake() {
        AgentHandle running = handle;
        if (running != null) {
            running.wake();
        }
    }

    /// What is there now. Asks the database.
    ///
    /// @throws StoreException if that does not answer
    public Status status() {
        try (Connection asking = source.getConnection()) {
            return count(asking);
        } catch (SQLException failure) {
            throw new StoreException("the outbox " + table + " could not be counted", failure);
        }
    }

    private Status count(Connection asking) throws SQLException {
        try (PreparedStatement count =
                        limited(asking.prepareStatement("SELECT COUNT(*), COUNT(problem) FROM " + table));
                ResultSet found = count.executeQuery()) {
            found.next();
            long refused = found.getLong(2);
            return new Status(found.getLong(1) - refused, refused, trouble);
        }
    }

    private final class Sending implements Agent {
        @Override
        public String name() {
            return "outbox-relay-" + table;
        }

        @Override
        public int doWork() {
            return step();
        }

        @Override
        public @Nullable Instant wakeAt() {
            return wakeAt;
        }
    }

    /// Sends what it finds, if it is this relay's turn.
    ///
    /// @return how many events it was
    int step() {
        Instant now = clock.instant();
        wakeAt = now.plus(BETWEEN_LOOKS);
        try {
            Connection open = open();
            int sent = takeLease(open) ? send(open) : 0;
            if (!now.isBefore(nextCount)) {
                counted = count(open);
                nextCount = now.plus(BETWEEN_COUNTS);
            }
            if (trouble != null) {
                LOG.info("the outbox {} is sent again", table);
                trouble = null;
            }
            return sent;
        } catch (SQLException | RuntimeException failure) {
            if (trouble == null) {
                LOG.error("the outbox {} cannot be sent; trying again", table, failure);
            }
            trouble = failure.getMessage();
            closeConnection();
            wakeAt = clock.instant().plus(AFTER_TROUBLE);
            return 0;
        }
    }

    private Connection open() throws SQLException {
        Connection known = connection;
        if (known != null) {
            return known;
        }
        Connection made = source.getConnection();
        connection = made;
        made.setAutoCommit(true);
        Database database = Database.of(made);
        nowMillis = database.nowMillis();
        if (database == Database.POSTGRESQL) { // a file always answers
            made.setNetworkTimeout(Runnable::run, Math.toIntExact(answer.toMillis()));
            statementSeconds = Math.toIntExact(answer.minus(CANCELLING).toSeconds());
        }
        return made;
    }

    /// Has the server give up a statement before this process gives up the server, where it would wait on.
    private <S extends Statement> S limited(S statement) throws SQLException {
        if (statementSeconds > 0) { // to SQLite this would be how long to wait for a lock
            statement.setQueryTimeout(statementSeconds);
        }
        return statement;
    }

    private boolean takeLease(Connection open) throws SQLException {
        String relay = table + "_relay";
        String plainRelay = relay.substring(relay.indexOf('.') + 1);
        try (PreparedStatement take = limited(open.prepareStatement("INSERT INTO " + relay
                + " (one, holder, held_until) VALUES (1, ?, " + nowMillis + " + ?) ON CONFLICT (one) DO UPDATE"
                + " SET holder = excluded.holder, held_until = excluded.held_until WHERE " + plainRelay
                + ".holder = excluded.holder OR " + plainRelay + ".held_until < " + nowMillis))) {
            take.setString(1, name);
            take.setLong(2, lease.toMillis());
            return take.executeUpdate() == 1;
        }
    }

    private int send(Connection open) throws SQLException {
        List<Row> rows = read(open);
        if (rows.isEmpty()) {
            return 0;
        }
        try {
            sendAll(open, rows);
        } catch (InvalidEventException refused) {
            sendOneByOne(open, rows);
        }
        return rows.size();
    }

    private void sendAll(Connection open, List<Row> rows) throws SQLException {
        meters.sent(transport.send(rows.stream().map(Row::event).toList()));
        delete(open, rows);
    }

    /// The oldest rows, whose bytes have a limit but for those of the last one.
    private List<Row> read(Connection open) throws SQLException {
        List<Row> rows = new ArrayList<>();
        try (PreparedStatement select =
                limited(open.prepareStatement("SELECT position, event FROM (SELECT position, event,"
                        + " SUM(LENGTH(event)) OVER (ORDER BY position) - LENGTH(event) AS bytes_before FROM"
                        + " (SELECT position, event FROM " + table + " WHERE problem IS NULL ORDER BY position LIMIT "
                        + MAX_ROWS + ") AS oldest) AS counted WHERE bytes_before < " + MAX_BYTES
                        + " ORDER BY position"))) {
            try (ResultSet found = select.executeQuery()) {
                while (found.next()) {
                    long position = found.getLong(1);
                    try {
                        rows.add(new Row(position, DomainEvent.of(CloudEventJson.readTrusted(found.getBytes(2)))));
                    } catch (InvalidEventException unreadable) {
                        refuse(open, position, unreadable);
                    }
                }
            }
        }
        return rows;
    }

    private void sendOneByOne(Connection open, List<Row> rows) throws SQLException {
        for (Row row : rows) {
            try {
                sendAll(open, List.of(row));
            } catch (InvalidEventException refused) {
                refuse(open, row.position(), refused);
            }
        }
    }

    /// One statement, which is its own transaction: there is no moment at which this process holds locks and
    /// does nothing.
    private void delete(Connection open, List<Row> rows) throws SQLException {
        String positions =
                rows.stream().map(row -> Long.toString(row.position())).collect(Collectors.joining(","));
        try (Statement delete = limited(open.createStatement())) {
            delete.executeUpdate("DELETE FROM " + table + " WHERE position IN (" + positions + ")");
        }
    }

    private void refuse(Connection open, long position, InvalidEventException why) throws SQLException {
        LOG.error("row {} of the outbox {} can never be sent and stays there", position, table, why);
        try (PreparedStatement update =
                limited(open.prepareStatement("UPDATE " + table + " SET problem = ? WHERE position = ?"))) {
            update.setString(1, String.valueOf(why.getMessage()));
            update.setLong(2, position);
            update.executeUpdate();
        }
    }

    private void closeConnection() {
        Connection open = connection;
        connection = null;
        if (open != null) {
            try {
                open.close();
            } catch (SQLException failure) {
                LOG.debug("the connection of the outbox {} could not be closed", table, failure);
            }
        }
    }

    /// Lets what is being sent end, and stops. What is left is sent by another relay, or by the next one.
    /// Idempotent.
    @Override
    public void close() {
        runtime.close();
        closeConnection();
        meters.remove();
    }
}
