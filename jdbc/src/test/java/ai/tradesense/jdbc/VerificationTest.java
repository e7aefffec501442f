package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.Verification.Fault;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Published;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What somebody does to the database behind the back of the log is found, and named by its position.
class VerificationTest {
    private static final int BATCHES = 30;
    private static final int PER_BATCH = 10;
    private static final int EVENTS = BATCHES * PER_BATCH;
    private static final String NOTHING = "00".repeat(32);

    @TempDir
    Path folder;

    enum Database {
        SQLITE,
        POSTGRESQL
    }

    /// Something that is done to the database, and what is to be found.
    record Tampering(String what, List<String> statements, long position, long lastPosition, String problem) {
        @Override
        public String toString() {
            return what;
        }
    }

    private String url(Database database) {
        return switch (database) {
            case SQLITE -> "jdbc:sqlite:" + folder.resolve("log.db");
            case POSTGRESQL -> PostgresServer.sharedUrl();
        };
    }

    private static void fill(String url, String prefix) {
        try (JdbcLog log = JdbcLog.open(url)) {
            for (int batch = 0; batch < BATCHES; batch++) {
                log.events().append(events(prefix + batch + "-"));
            }
        }
    }

    private static List<DomainEvent> events(String prefix) {
        return IntStream.range(0, PER_BATCH)
                .mapToObj(number -> RandomEvents.plain(prefix + number, "account-" + number % 4))
                .toList();
    }

    private static void execute(String url, String... statements) {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private static Verification verify(String url) {
        return JdbcLog.verify(url, (_, _) -> {});
    }

    @ParameterizedTest
    @EnumSource
    void what_was_left_alone_is_sound_and_its_hash_grows_with_it(Database database) {
        String url = url(database);
        fill(url, "a");
        Verification first = verify(url);
        assertThat(first)
                .isEqualTo(new Verification(EVENTS, 0, 0, EVENTS, first.hash(), 0, NOTHING, null))
                .isEqualTo(verify(url));
        assertThat(first.hash()).matches("[0-9a-f]{64}");

        fill(url, "a"); // all of them duplicates
        assertThat(verify(url)).isEqualTo(first);
        fill(url, "b");
        Verification more = verify(url);
        assertThat(more.fault()).isNull();
        assertThat(more.events()).isEqualTo(2 * EVENTS);
        assertThat(more.hash()).isNotEqualTo(first.hash());
    }

    @ParameterizedTest
    @EnumSource
    void what_is_new_of_a_batch_follows_without_a_gap_and_is_sound_with_it(Database database) {
        String url = url(database);
        List<DomainEvent> mixed = new ArrayList<>(events("new-"));
        try (JdbcLog log = JdbcLog.open(url)) {
            log.events().append(events("known-"));
            mixed.addAll(5, events("known-"));
            assertThat(log.events().append(mixed))
                    .extracting(Published::duplicate)
                    .containsExactlyElementsOf(mixed.stream()
                            .map(event -> event.id().startsWith("known-"))
                            .toList());
            mixed.removeIf(event -> event.id().startsWith("known-"));
            assertThat(log.events().read(PER_BATCH, EventQuery.ALL, 100).events())
                    .extracting(StoredEvent::position, StoredEvent::event)
                    .startsWith(tuple(PER_BATCH + 1L, mixed.getFirst()))
                    .endsWith(tuple(2L * PER_BATCH, mixed.getLast()))
                    .hasSize(PER_BATCH);
        }
        assertThat(verify(url).fault()).isNull();
    }

    @ParameterizedTest
    @EnumSource
    void events_of_every_form_and_an_empty_log_are_sound(Database database) {
        String url = url(database);
        try (JdbcLog log = JdbcLog.open(url)) {
            assertThat(log.verify((_, _) -> {})).isEqualTo(new Verification(0, 0, 0, 0, NOTHING, 0, NOTHING, null));
            RandomEvents random = new RandomEvents(7);
            for (int i = 0; i < 200; i++) {
                log.events().append(List.of(random.any(), random.any(), random.plain()));
            }
            List<Long> told = new ArrayList<>();
            Verification found = log.verify((checked, of) -> {
                assertThat(of).isEqualTo(600);
                told.add(checked);
            });
            assertThat(found.fault()).isNull();
            assertThat(told).isSorted().endsWith(600L);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_check_while_events_are_appended_finds_nothing_wrong(Database database) {
        AtomicBoolean enough = new AtomicBoolean();
        try (JdbcLog log = JdbcLog.open(url(database))) {
            List<CompletableFuture<Void>> appenders = IntStream.range(0, 3)
                    .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                        for (int i = 0; !enough.get(); i++) {
                            log.events().append(events(thread + "-" + i + "-"));
                        }
                    }))
                    .toList();
            try {
                for (int round = 0; round < 20; round++) {
                    long before = log.events().head();
                    Verification found = log.verify((_, _) -> {});
                    assertThat(found.fault()).isNull();
                    assertThat(found.lastPosition()).isGreaterThanOrEqualTo(before);
                }
            } finally {
                enough.set(true);
            }
            appenders.forEach(CompletableFuture::join);
        }
    }

    private static Tampering of(String what, long position, long last, String problem, String... statements) {
        return new Tampering(what, List.of(statements), position, last, problem);
    }

    /// Each block holds the ten events of an append: 1 to 10, 11 to 20 and so on.
    static List<Tampering> onSqlite() {
        return List.of(
                of("a block is removed", 101, 110, "missing", "DELETE FROM blocks WHERE first_position = 101"),
                of("the first is removed", 1, 10, "missing", "DELETE FROM blocks WHERE first_position = 1"),
                of("the last is removed", 291, 300, "missing", "DELETE FROM blocks WHERE first_position = 291"),
                of(
                        "a block and its hash are removed",
                        101,
                        110,
                        "missing",
                        "DELETE FROM blocks WHERE first_position = 101",
                        "DELETE FROM batches WHERE first_position = 101"),
                of(
                        "a block is removed and the others close the gap",
                        101,
                        110,
                        "changed",
                        "DELETE FROM blocks WHERE first_position = 101",
                        "DELETE FROM batches WHERE first_position = 101",
                        "UPDATE blocks SET first_position = -first_position + 10 WHERE first_position > 101",
                        "UPDATE blocks SET first_position = -first_position WHERE first_position < 0",
                        "UPDATE batches SET first_position = -first_position + 10 WHERE first_position > 101",
                        "UPDATE batches SET first_position = -first_position WHERE first_position < 0"),
                of("a block is added at the end", 301, 310, "inserted", """
                        INSERT INTO blocks (first_position, events, records)
                        SELECT 301, events, records FROM blocks WHERE first_position = 51"""),
                of("a block is added before the first", -9, -9, "out of order", """
                        INSERT INTO blocks (first_position, events, records)
                        SELECT -9, events, records FROM blocks WHERE first_position = 51"""),
                of("a block is added between", 105, 105, "out of order", """
                        INSERT INTO blocks (first_position, events, records)
                        SELECT 105, events, records FROM blocks WHERE first_position = 51"""),
                of(
                        "two blocks change places",
                        51,
                        60,
                        "changed",
                        "UPDATE blocks SET first_position = -1 WHERE first_position = 51",
                        "UPDATE blocks SET first_position = 51 WHERE first_position = 201",
                        "UPDATE blocks SET first_position = 201 WHERE first_position = -1"),
                of(
                        "two blocks and their hashes change places",
                        51,
                        60,
                        "changed",
                        "UPDATE blocks SET first_position = -1 WHERE first_position = 51",
                        "UPDATE blocks SET first_position = 51 WHERE first_position = 201",
                        "UPDATE blocks SET first_position = 201 WHERE first_position = -1",
                        "UPDATE batches SET first_position = -1 WHERE first_position = 51",
                        "UPDATE batches SET first_position = 51 WHERE first_position = 201",
                        "UPDATE batches SET first_position = 201 WHERE first_position = -1"),
                of(
                        "fewer events are counted",
                        41,
                        49,
                        "changed",
                        "UPDATE blocks SET events = 9 WHERE first_position = 41"),
                of("a hash is changed", 61, 70, "changed", "UPDATE batches SET hash = x'00' WHERE first_position = 61"),
                of("a hash is removed", 61, 70, "inserted", "DELETE FROM batches WHERE first_position = 61"),
                of("the first hashes are removed", 51, 60, "changed", "DELETE FROM batches WHERE first_position < 50"),
                of("a hash is added", 0, 0, "more batches", "INSERT INTO batches VALUES (62, 1, x'00')"),
                of("the hashes go on", 301, 301, "missing", "INSERT INTO batches VALUES (301, 1, x'00')"),
                of("an index is removed", 0, 0, "index parked_dead is missing", "DROP INDEX parked_dead"),
                of(
                        "a table has another column",
                        0,
                        0,
                        "table blocks is another",
                        "ALTER TABLE blocks ADD COLUMN note"));
    }

    @ParameterizedTest
    @MethodSource("onSqlite")
    void what_is_done_to_the_file_is_found(Tampering tampering) {
        found(url(Database.SQLITE), tampering);
    }

    static List<Tampering> onPostgresql() {
        String columns =
                "partition, recorded_at, second, id, source, type, subject, correlation_id, causation_id, record";
        return List.of(
                of("an event is removed", 105, 105, "missing", "DELETE FROM events WHERE position = 105"),
                of("the first is removed", 1, 1, "missing", "DELETE FROM events WHERE position = 1"),
                of("the last is removed", 300, 300, "missing", "DELETE FROM events WHERE position = 300"),
                of("many are removed", 155, 160, "missing", "DELETE FROM events WHERE position BETWEEN 155 AND 185"),
                of(
                        "a batch and its hash are removed",
                        101,
                        110,
                        "missing",
                        "DELETE FROM events WHERE position BETWEEN 101 AND 110",
                        "DELETE FROM batches WHERE first_position = 101"),
                of(
                        "an event is added at the end",
                        301,
                        301,
                        "inserted",
                        "INSERT INTO events (position, " + columns + ") SELECT 301, "
                                + columns.replace(" id,", " 'other',") + " FROM events WHERE position = 1"),
                of(
                        "an event is added before the first",
                        0,
                        0,
                        "out of order",
                        "INSERT INTO events (position, "
                                + columns + ") SELECT 0, " + columns.replace(" id,", " 'other',")
                                + " FROM events WHERE position = 1"),
                of(
                        "two events change places",
                        52,
                        52,
                        "changed",
                        "UPDATE events SET position = -1 WHERE position = 52",
                        "UPDATE events SET position = 52 WHERE position = 203",
                        "UPDATE events SET position = 203 WHERE position = -1"),
                of("a subject is changed", 77, 77, "columns", "UPDATE events SET subject = 'x' WHERE position = 77"),
                of("a cause is added", 77, 77, "columns", "UPDATE events SET causation_id = 'x' WHERE position = 77"),
                of("a partition is changed", 77, 77, "columns", "UPDATE events SET partition = 99 WHERE position = 77"),
                of("a time is changed", 77, 77, "changed", """
                        UPDATE events SET recorded_at = recorded_at + interval '1 microsecond' WHERE position = 77"""),
                of("the times of a batch are changed", 71, 80, "changed", """
                        UPDATE events SET recorded_at = recorded_at + interval '1 microsecond'
                        WHERE position BETWEEN 71 AND 80"""),
                of(
                        "an event is made unreadable",
                        9,
                        9,
                        "cannot be read",
                        "UPDATE events SET record = '' WHERE position = 9"),
                of("a hash is changed", 61, 70, "changed", "UPDATE batches SET hash = '' WHERE first_position = 61"),
                of("a hash is removed", 61, 61, "inserted", "DELETE FROM batches WHERE first_position = 61"),
                of("the first hashes are removed", 51, 60, "changed", "DELETE FROM batches WHERE first_position < 50"),
                of("a hash is added", 62, 62, "twice", "INSERT INTO batches VALUES (62, 1, '')"),
                of("the hashes go on", 301, 301, "missing", "INSERT INTO batches VALUES (301, 1, '')"),
                of("an index is removed", 0, 0, "events_subject is missing", "DROP INDEX events_subject"),
                of(
                        "events are appended in another way",
                        0,
                        0,
                        "append_events",
                        PostgresSchema.APPEND_FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")),
                of(
                        "new events are appended in another way",
                        0,
                        0,
                        "append_new_events",
                        PostgresFunctions.APPEND_NEW_FUNCTION.replace("PERFORM 1 FROM log FOR UPDATE;", "")));
    }

    @ParameterizedTest
    @MethodSource("onPostgresql")
    void what_is_done_to_the_tables_is_found(Tampering tampering) {
        found(url(Database.POSTGRESQL), tampering);
    }

    private static void found(String url, Tampering tampering) {
        fill(url, "event-");
        assertThat(verify(url).fault()).isNull();
        execute(url, tampering.statements().toArray(String[]::new));

        Fault fault = verify(url).fault();
        assertThat(fault).isNotNull();
        assertThat(fault.problem()).contains(tampering.problem());
        assertThat(List.of(fault.position(), fault.lastPosition()))
                .containsExactly(tampering.position(), tampering.lastPosition());
    }

    @Test
    void any_byte_that_is_changed_in_a_block_is_found() throws SQLException {
        String url = url(Database.SQLITE);
        fill(url, "event-");
        Random random = new Random(20);
        for (int round = 0; round < 60; round++) {
            long first = 1L + (long) PER_BATCH * random.nextInt(BATCHES);
            String update = "UPDATE blocks SET records = ? WHERE first_position = " + first;
            byte[] before;
            try (Connection connection = DriverManager.getConnection(url)) {
                before = bytes(connection, "SELECT records FROM blocks WHERE first_position = " + first);
                set(connection, update, flipped(before, random));
            }
            Fault fault = verify(url).fault();
            assertThat(fault).isNotNull();
            assertThat(fault.position()).isBetween(first, first + PER_BATCH - 1);
            assertThat(fault.lastPosition()).isBetween(fault.position(), first + PER_BATCH - 1);
            assertThat(fault.problem()).startsWith("changed");
            try (Connection connection = DriverManager.getConnection(url)) {
                set(connection, update, before);
            }
        }
        assertThat(verify(url).fault()).isNull();
    }

    @Test
    void any_byte_that_is_changed_in_a_record_is_found() throws SQLException {
        String url = url(Database.POSTGRESQL);
        fill(url, "event-");
        Random random = new Random(21);
        try (Connection connection = DriverManager.getConnection(url)) {
            for (int round = 0; round < 40; round++) {
                long position = 1L + random.nextInt(EVENTS);
                String update = "UPDATE events SET record = ? WHERE position = " + position;
                byte[] before = bytes(connection, "SELECT record FROM events WHERE position = " + position);
                set(connection, update, flipped(before, random));
                Fault fault = verify(url).fault();
                assertThat(fault).isNotNull();
                assertThat(position).isBetween(fault.position(), fault.lastPosition());
                assertThat(fault.lastPosition() - fault.position()).isLessThan(PER_BATCH);
                set(connection, update, before);
            }
        }
        assertThat(verify(url).fault()).isNull();
    }

    private static byte[] flipped(byte[] bytes, Random random) {
        byte[] flipped = bytes.clone();
        flipped[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(Byte.SIZE));
        return flipped;
    }

    private static byte[] bytes(Connection connection, String query) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery(query)) {
            assertThat(row.next()).isTrue();
            return row.getBytes(1);
        }
    }

    private static void set(Connection connection, String update, byte[] bytes) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement(update)) {
            statement.setBytes(1, bytes);
            assertThat(statement.executeUpdate()).isOne();
        }
    }

    /// Takes back what later versions added to tables that there were before.
    private static final String[] WITHOUT_REPLAYS = {
        "DROP INDEX parked_identity",
        "ALTER TABLE parked DROP COLUMN replayed_by",
        "CREATE UNIQUE INDEX parked_identity ON parked (group_name, source, id)",
        "ALTER TABLE operations DROP COLUMN group_name",
        "ALTER TABLE operations DROP COLUMN after_position",
        "ALTER TABLE operations DROP COLUMN last_position",
        "ALTER TABLE operations DROP COLUMN replayed_to"
    };

    @ParameterizedTest
    @EnumSource
    void what_a_version_without_hashes_stored_is_counted_apart(Database database) {
        String url = url(database);
        fill(url, "old-");
        switch (database) {
            case SQLITE -> {
                execute(url, WITHOUT_REPLAYS);
                execute(
                        url,
                        "DROP TABLE batches",
                        "DROP TABLE retention_records",
                        "DROP TABLE reader_positions",
                        "DROP TABLE projection_reports",
                        "DROP TABLE projection_orders",
                        "PRAGMA user_version = 6");
            }
            case POSTGRESQL -> {
                execute(url, WITHOUT_REPLAYS);
                execute(
                        url,
                        "DROP TABLE batches, retention_records, retention_turn, reader_positions, projection_reports, projection_orders",
                        "ALTER TABLE events DROP COLUMN removal",
                        PostgresSchema.APPEND_FUNCTION.replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION"),
                        "UPDATE tradesense_version SET version = 2");
            }
        }
        assertThatThrownBy(() -> verify(url)).isInstanceOf(StoreException.class).hasMessageContaining("expected");
        JdbcLog.open(url).close();
        assertThat(verify(url)).isEqualTo(new Verification(EVENTS, EVENTS, 0, EVENTS, NOTHING, 0, NOTHING, null));
        fill(url, "new-");

        Verification both = verify(url);
        assertThat(both.fault()).isNull();
        assertThat(both.unrecorded()).isEqualTo(EVENTS);
        assertThat(both.events()).isEqualTo(2 * EVENTS);
    }

    @Test
    void a_file_that_is_open_is_checked_by_whoever_has_it_open() {
        String url = url(Database.SQLITE);
        fill(url, "event-");
        try (JdbcLog log = JdbcLog.open(url)) {
            assertThatThrownBy(() -> verify(url))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("open in this process already");
            assertThat(log.verify((_, _) -> {}).events()).isEqualTo(EVENTS);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"jdbc:sqlite:nowhere/log.db", "jdbc:sqlite:."})
    void what_is_not_there_is_not_made(String url) {
        assertThatThrownBy(() -> verify(url)).isInstanceOf(StoreException.class).hasMessageContaining("is not there");
        assertThat(Path.of("nowhere")).doesNotExist();
    }

    @Test
    void a_check_ends_when_nobody_wants_it_any_more() {
        String url = url(Database.SQLITE);
        fill(url, "event-");
        IllegalStateException gone = new IllegalStateException("the caller has gone");
        assertThatThrownBy(() -> JdbcLog.verify(url, (_, _) -> {
                    throw gone;
                }))
                .isSameAs(gone);
    }
}
