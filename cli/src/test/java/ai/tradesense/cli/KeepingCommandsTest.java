package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ContractServer.Reaction;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Checking and copying what is stored.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class KeepingCommandsTest {
    @TempDir
    Path folder;

    private static String order(int number) {
        return "{\"specversion\":\"1.0\",\"id\":\"kept" + number + "\",\"source\":\"/cli-test\","
                + "\"type\":\"Trading.Order.Placed.v1\",\"subject\":\"kept\",\"time\":\"2026-03-01T12:00:00Z\","
                + "\"data\":{\"accountId\":\"kept\",\"orderId\":\"kept" + number
                + "\",\"instrument\":\"EURUSD\",\"side\":\"BUY\",\"kind\":\"MARKET\",\"quantity\":1,"
                + "\"placedAt\":\"2026-03-01T12:00:00Z\"}}\n";
    }

    private static Json json(Cli cli) {
        return Json.parse(cli.out().getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void a_copy_of_a_server_in_use_is_verified_and_what_is_changed_in_it_is_named() throws Exception {
        Path copy = folder.resolve("copy.db");
        String url = "jdbc:sqlite:" + copy;
        String hash;
        Path log = Files.createTempFile(folder, "server", ".log");
        try (ServerProcess server =
                ServerProcess.up(log, "--data", folder.resolve("data").toString())) {
            Cli publisher = Cli.of(server.url());
            assertThat(publisher.reading(order(1)).run("publish", "-")).isEqualTo(0);
            assertThat(Cli.of(server.url()).reading(order(2)).run("publish", "-"))
                    .isEqualTo(0);

            Cli verify = Cli.of(server.url());
            assertThat(verify.run("verify", "--json")).as(verify.err()).isEqualTo(0);
            assertThat(json(verify).at("events").text()).isEqualTo("2");
            hash = json(verify).at("hash").text();

            Cli backup = Cli.of(server.url());
            assertThat(backup.run("backup", copy.toString())).as(backup.err()).isEqualTo(0);
            assertThat(backup.err()).isEqualTo("tradesense: %s: %,d bytes%n".formatted(copy, Files.size(copy)));
            assertThat(copy.resolveSibling("copy.db.part")).doesNotExist();

            Cli again = Cli.of(server.url());
            assertThat(again.run("backup", copy.toString())).isEqualTo(1);
            assertThat(again.err()).contains("is there already, and is not overwritten");
        }

        Cli sound = new Cli();
        assertThat(sound.run("verify", "--store-url", url)).as(sound.err()).isEqualTo(0);
        assertThat(sound.out()).isEqualTo("2 events are as they were stored\nhash " + hash + " at position 2\n");

        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE blocks SET records = (SELECT records FROM blocks WHERE first_position = 1)");
        }
        Cli changed = new Cli();
        assertThat(changed.run("verify", "--store-url", url)).isEqualTo(1);
        assertThat(changed.out().lines())
                .containsExactly(
                        "position 2: changed: not what was appended there",
                        "as they were stored, before that: 1 events");
        Cli forPrograms = new Cli();
        assertThat(forPrograms.run("verify", "--json", "--store-url", url)).isEqualTo(1);
        assertThat(json(forPrograms).at("fault").at("position").text()).isEqualTo("2");
    }

    @Test
    void a_log_that_is_not_there_is_a_failure_in_one_sentence() {
        Cli cli = new Cli();
        assertThat(cli.run("verify", "--store-url", "jdbc:sqlite:" + folder.resolve("nowhere.db")))
                .isEqualTo(1);
        assertThat(cli.errLines()).singleElement().asString().contains("nowhere.db is not there");
        assertThat(folder.resolve("nowhere.db")).doesNotExist();
    }

    @Test
    void a_check_that_the_server_does_not_end_is_a_failure() {
        try (ContractServer server = new ContractServer()) {
            server.next(VerifyCommand.PATH, Reaction.stream("{\"checked\":5,\"of\":10}\n"));
            server.next(
                    VerifyCommand.PATH,
                    Reaction.stream("{\"checked\":5,\"of\":10}\n", "{\"status\":503,\"detail\":\"the disk is gone\"}"));
            Cli broken = Cli.of(server.url());
            assertThat(broken.run("verify")).isEqualTo(1);
            assertThat(broken.err()).isEqualTo("tradesense: the server ended the check before its end\n");
            Cli ended = Cli.of(server.url());
            assertThat(ended.run("verify")).isEqualTo(1);
            assertThat(ended.err()).endsWith("before its end: the disk is gone\n");
        }
    }

    @Test
    void events_without_hashes_are_mentioned() {
        try (ContractServer server = new ContractServer()) {
            server.next(
                    VerifyCommand.PATH,
                    Reaction.stream(
                            "{\"events\":7,\"unrecorded\":3,\"lastPosition\":7,\"hash\":\"ab\",\"fault\":null}\n"));
            Cli cli = Cli.of(server.url());
            assertThat(cli.run("verify")).isEqualTo(0);
            assertThat(cli.err()).contains("3 of them were stored by a version that kept no hashes");
        }
    }

    @Test
    void a_folder_that_is_not_there_is_named_before_the_server_copies_anything() {
        try (ContractServer server = new ContractServer()) {
            Cli cli = Cli.of(server.url());
            assertThat(cli.run("backup", folder.resolve("nowhere/copy.db").toString()))
                    .isEqualTo(1);
            assertThat(cli.err())
                    .isEqualTo("tradesense: there is no folder " + folder.resolve("nowhere") + " to write a copy to\n");
            assertThat(server.calls()).isEmpty();
        }
    }

    @Test
    void a_copy_that_the_server_refuses_or_breaks_off_leaves_nothing_behind() throws IOException {
        Path copy = folder.resolve("copy.db");
        try (ContractServer server = new ContractServer()) {
            server.next(
                    BackupCommand.PATH, Reaction.problem(501, Map.of(), "{\"detail\":\"use pg_dump\",\"status\":501}"));
            server.next(BackupCommand.PATH, (_, exchange) -> {
                exchange.sendResponseHeaders(200, 100);
                exchange.getResponseBody().write(new byte[50]);
                exchange.getResponseBody().flush();
                exchange.close();
            });
            Cli refused = Cli.of(server.url());
            assertThat(refused.run("backup", copy.toString())).isEqualTo(1);
            assertThat(refused.err()).isEqualTo("tradesense: the server answered 501: use pg_dump\n");
            assertThat(Cli.of(server.url()).run("backup", copy.toString())).isEqualTo(1);
            try (var files = Files.list(folder)) {
                assertThat(files).isEmpty();
            }
        }
    }
}
