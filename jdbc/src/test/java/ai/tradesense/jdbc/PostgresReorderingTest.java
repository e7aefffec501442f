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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Two transactions of which the one that came first commits last, and a reader in between. A sequence gives
/// positions in the order of asking, so the reader would pass over the first event for good; the fence makes
/// the second wait.
class PostgresReorderingTest {
    private static final String FENCE = "PERFORM 1 FROM log FOR UPDATE;";
    private static final String NEXT = "SELECT greatest(floor, (SELECT max(position) FROM events)) INTO last FROM log;";

    private final String url = PostgresServer.sharedUrl();

    private static String text(String function) {
        return function.equals("append_events")
                ? PostgresBatches.APPEND_FUNCTION
                : PostgresFunctions.APPEND_NEW_FUNCTION;
    }

    @ParameterizedTest
    @ValueSource(strings = {"append_new_events", "append_events"})
    void a_reader_passes_over_nothing_although_the_first_transaction_commits_last(String function) throws Exception {
        assertThat(read(function)).containsExactly("first", "second");
    }

    @ParameterizedTest
    @ValueSource(strings = {"append_new_events", "append_events"})
    void without_the_fence_it_would(String function) throws Exception {
        try (JdbcLog log = JdbcLog.open(url);
                Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            assertThat(log.events().head()).isZero();
            assertThat(text(function)).contains(FENCE, NEXT);
            statement.execute("CREATE SEQUENCE positions");
            statement.execute(text(function).replace(FENCE, "").replace(NEXT, "last := nextval('positions') - 1;"));
        }

        assertThat(read(function)).containsExactly("second");
    }

    /// The ids that a reader gets who reads on behind what it has, again and again.
    private List<String> read(String function) throws Exception {
        List<String> ids = new ArrayList<>();
        try (JdbcLog log = JdbcLog.open(url);
                Connection first = DriverManager.getConnection(url);
                Connection second = DriverManager.getConnection(url)) {
            first.setAutoCommit(false);
            append(function, first, "first");
            CompletableFuture<Void> committed = CompletableFuture.runAsync(() -> append(function, second, "second"));
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

    private static void append(String function, Connection connection, String id) {
        DomainEvent event = RandomEvents.plain(id, "account");
        try (PreparedStatement append = connection.prepareStatement("SELECT " + function + """
                (ARRAY[0], ARRAY[0::bigint], ARRAY[?], ARRAY[?], ARRAY[?], ARRAY[?],
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
