package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.testkit.services.PostgresServer;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/// Two transactions of which the one that came first commits last, and a reader in between. A sequence gives
/// positions in the order of asking, so the reader would pass over the first event for good; the fence makes
/// the second wait.
class PostgresReorderingTest {
    private static final String FENCE = "PERFORM 1 FROM log FOR UPDATE;";
    private static final String NEXT = "SELECT greatest(floor, (SELECT max(position) FROM events)) INTO last FROM log;";

    private final String url = PostgresServer.sharedUrl();

    @Test
    void a_reader_passes_over_nothing_although_the_first_transaction_commits_last() throws Exception {
        assertThat(read()).containsExactly("first", "second");
    }

    @Test
    void without_the_fence_it_would() throws Exception {
        try (JdbcLog log = JdbcLog.open(url);
                Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            assertThat(log.events().head()).isZero();
            assertThat(PostgresFunctions.APPEND_NEW_FUNCTION).contains(FENCE, NEXT);
            statement.execute("CREATE SEQUENCE positions");
            statement.execute(PostgresFunctions.APPEND_NEW_FUNCTION
                    .replace(FENCE, "")
                    .replace(NEXT, "last := nextval('positions') - 1;"));
        }

        assertThat(read()).containsExactly("second");
    }

    /// The ids that a reader gets who reads on behind what it has, again and again.
    private List<String> read() throws Exception {
        List<String> ids = new ArrayList<>();
        try (JdbcLog log = JdbcLog.open(url);
                Connection first = DriverManager.getConnection(url);
                Connection second = DriverManager.getConnection(url)) {
            first.setAutoCommit(false);
            append(first, "first");
            CompletableFuture<Void> committed = CompletableFuture.runAsync(() -> append(second, "second"));
            await("the second transaction to commit or to wait")
                    .until(() -> committed.isDone() || isWaiting(first, second));
            long position = readOn(log, 0, ids);

            first.commit();
            committed.join();
            readOn(log, position, ids);
        }
        return ids;
    }

    private static long readOn(JdbcLog log, long position, List<String> ids) {
        long last = position;
        for (StoredEvent event :
                log.events().read(position, EventQuery.ALL, 100).events()) {
            ids.add(event.event().id());
            last = event.position();
        }
        return last;
    }

    private static void append(Connection connection, String id) {
        DomainEvent event = RandomEvents.plain(id, "account");
        try (PreparedStatement append = connection.prepareStatement("""
                SELECT append_new_events(ARRAY[0], ARRAY[0::bigint], ARRAY[?], ARRAY[?], ARRAY[?], ARRAY[?],
                  ARRAY[NULL], ARRAY[NULL], ARRAY[?::bytea], now())""")) {
            append.setString(1, event.id());
            append.setString(2, event.source().toString());
            append.setString(3, event.type().name());
            append.setString(4, event.subject());
            append.setBytes(5, RecordWriter.single(event));
            append.execute();
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static boolean isWaiting(Connection over, Connection who) throws SQLException {
        int backend = who.unwrap(org.postgresql.PGConnection.class).getBackendPID();
        try (Statement statement = over.createStatement();
                ResultSet row = statement.executeQuery("SELECT cardinality(pg_blocking_pids(" + backend + ")) > 0")) {
            row.next();
            return row.getBoolean(1);
        }
    }
}
