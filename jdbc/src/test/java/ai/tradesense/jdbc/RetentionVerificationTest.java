package ai.tradesense.jdbc;

import static ai.tradesense.jdbc.KeptLog.DAY;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.jdbc.KeptLog.Database;
import ai.tradesense.retention.LegalHold.Scope;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/// A removal that is recorded leaves the log provable; one that is not is found, and so is whatever else is done.
class RetentionVerificationTest {
    @TempDir
    Path folder;

    /// Something that is done behind the back of the log. On both databases the batches are 1 to 4, 5 to 8 and so
    /// on, the even places of the first ten are removed in two records, and a hold is the third.
    record Tampering(Database database, String what, List<String> statements, long position, String problem) {
        @Override
        public String toString() {
            return database + ": " + what;
        }
    }

    private static Tampering of(Database database, String what, long position, String problem, String... statements) {
        return new Tampering(database, what, List.of(statements), position, problem);
    }

    private static Stream<Tampering> onBoth(String what, long position, String problem, String... statements) {
        return Stream.of(Database.values()).map(database -> of(database, what, position, problem, statements));
    }

    static Stream<Tampering> tamperings() {
        return Stream.of(
                        onBoth(
                                "a record is changed",
                                0,
                                "from number 1 on",
                                "UPDATE retention_records SET actor = 'nobody' WHERE number = 1"),
                        onBoth(
                                "a record is removed",
                                0,
                                "from number 1 on",
                                "DELETE FROM retention_records WHERE number = 1"),
                        onBoth(
                                "a reason is changed",
                                0,
                                "from number 3 on",
                                "UPDATE retention_records SET reason = 'another' WHERE number = 3"),
                        onBoth(
                                "what a batch was left as is changed",
                                0,
                                "from number 2 on",
                                "UPDATE retention_records SET batches = hash WHERE number = 2"),
                        Stream.of(
                                of(
                                        Database.SQLITE,
                                        "the last records are removed",
                                        9,
                                        "left there",
                                        "DELETE FROM retention_records WHERE number > 1"),
                                of(
                                        Database.SQLITE,
                                        "what is left of a block is changed",
                                        1,
                                        "left there",
                                        "UPDATE blocks SET records = CAST(replace(records, x'736563726574',"
                                                + " x'534543524554') AS BLOB)"
                                                + " WHERE first_position = 1"),
                                of(
                                        Database.SQLITE,
                                        "a block that nothing was removed from is changed",
                                        21,
                                        "changed",
                                        "UPDATE blocks SET records = CAST(replace(records, x'736563726574',"
                                                + " x'534543524554') AS BLOB)"
                                                + " WHERE first_position = 21"),
                                of(
                                        Database.SQLITE,
                                        "a block is emptied as another was",
                                        21,
                                        "removed",
                                        "UPDATE blocks SET records = (SELECT records FROM blocks WHERE first_position = 1)"
                                                + " WHERE first_position = 21"),
                                of(
                                        Database.POSTGRESQL,
                                        "the last records are removed",
                                        9,
                                        "left there",
                                        "DELETE FROM retention_records WHERE number > 1"),
                                of(
                                        Database.POSTGRESQL,
                                        "an event is removed as if it were recorded",
                                        22,
                                        "removed",
                                        "UPDATE events SET removal = 2, record = '', type = 'Risk',"
                                                + " correlation_id = NULL WHERE position = 22"),
                                of(
                                        Database.POSTGRESQL,
                                        "one more event of a batch is removed",
                                        1,
                                        "left there",
                                        "UPDATE events SET removal = 1, record = '', type = 'Risk',"
                                                + " correlation_id = NULL WHERE position = 2"),
                                of(
                                        Database.POSTGRESQL,
                                        "the place of an event is changed",
                                        1,
                                        "left there",
                                        "UPDATE events SET id = 'another' WHERE position = 1"),
                                of(
                                        Database.POSTGRESQL,
                                        "what is left of a batch is changed",
                                        2,
                                        "columns",
                                        "UPDATE events SET subject = 'another' WHERE position = 2"),
                                of(
                                        Database.POSTGRESQL,
                                        "the place of an event is taken away",
                                        3,
                                        "missing",
                                        "DELETE FROM events WHERE position = 3")))
                .flatMap(each -> each);
    }

    /// Twenty events of which ten are removed, then twenty that stay.
    private static void fill(KeptLog kept) {
        kept.append("old-", 20);
        kept.clock.advance(DAY.multipliedBy(2));
        assertThat(kept.remove(5).events()).isEqualTo(10);
        kept.log()
                .retention()
                .place(new Scope(null, "account-1", null, null), "a reason", "counsel", kept.clock.instant());
        kept.append("young-", 20);
    }

    private static void execute(String url, List<String> statements) throws Exception {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            for (String each : statements) {
                statement.execute(each);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("tamperings")
    void what_is_done_to_it_after_a_removal_is_found(Tampering tampering) throws Exception {
        String url = tampering.database.url(folder);
        try (KeptLog kept = new KeptLog(url)) {
            fill(kept);
        }
        assertThat(JdbcLog.verify(url, (_, _) -> {}).fault()).isNull();
        execute(url, tampering.statements);
        Verification found = JdbcLog.verify(url, (_, _) -> {});
        assertThat(found.fault()).isNotNull();
        assertThat(found.fault().problem()).contains(tampering.problem);
        assertThat(found.fault().position()).isEqualTo(tampering.position);
    }

    @ParameterizedTest
    @EnumSource
    void events_that_were_stored_when_there_were_no_hashes_can_be_removed_too(Database database) throws Exception {
        String url = database.url(folder);
        try (KeptLog kept = new KeptLog(url)) {
            kept.append("old-", 8);
            kept.log().close();
            execute(url, List.of("DELETE FROM batches"));
            kept.restart();
            kept.append("hashed-", 8);
            kept.clock.advance(DAY.multipliedBy(2));
            assertThat(kept.remove(100).events()).isEqualTo(8);
            Verification found = kept.verify();
            assertThat(found.fault()).isNull();
            assertThat(found.unrecorded()).isEqualTo(8);
            assertThat(found.removed()).isEqualTo(8);
        }
    }

    @Test
    void a_copy_that_is_made_while_events_are_removed_is_sound() {
        try (KeptLog kept = new KeptLog(Database.SQLITE.url(folder))) {
            kept.append("old-", 400);
            kept.clock.advance(DAY.multipliedBy(2));
            var cutoffs = kept.cutoffs();
            for (int copy = 0; copy < 3; copy++) {
                kept.log().retention().removeSome(cutoffs, 30, "tester");
                Path file = folder.resolve("copy-" + copy + ".db");
                kept.log().backUp(file);
                Verification found = JdbcLog.verify("jdbc:sqlite:" + file, (_, _) -> {});
                assertThat(found.fault()).isNull();
                assertThat(found.removed()).isEqualTo((copy + 1) * 30L);
            }
        }
    }
}
