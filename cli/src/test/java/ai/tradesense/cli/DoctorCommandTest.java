package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.cli.ContractServer.Reaction;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.testkit.services.RedisServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorCommandTest {
    private final ContractServer server = new ContractServer();
    private final Cli cli = Cli.of(server.url());

    @TempDir
    private Path folder;

    @AfterEach
    void stop() {
        server.close();
    }

    private void serverIs(String health, String version) {
        server.always("/actuator/health", Reaction.json(200, health))
                .always("/api/v1/status", Reaction.json(200, "{\"version\":\"" + version + "\"}"));
    }

    private int run() {
        return cli.run("doctor", "--data", folder.toString());
    }

    @Test
    void a_healthy_machine_and_server_pass() {
        serverIs("{\"status\":\"UP\"}", TradeSenseCommand.version());

        assertThat(run()).isEqualTo(0);

        assertThat(cli.out().lines()).hasSize(5).allMatch(line -> line.startsWith("[ok]"));
        assertThat(cli.out())
                .contains(folder + " can be written to")
                .contains("[ok]   server: " + server.url() + " is UP");
    }

    @Test
    void a_log_in_postgresql_is_looked_at_and_left_as_it_is() {
        serverIs("{\"status\":\"UP\"}", TradeSenseCommand.version());
        String url = PostgresServer.sharedUrl();

        for (int time = 0; time < 2; time++) {
            assertThat(cli.run("doctor", "--data", folder.toString(), "--store-url", url))
                    .isEqualTo(0);
            assertThat(cli.out()).contains("[ok]   store: PostgreSQL at 127.0.0.1:", "the tables will be made");
        }
    }

    @Test
    void a_redis_that_forgets_or_is_not_there_is_a_failure() throws IOException {
        serverIs("{\"status\":\"UP\"}", TradeSenseCommand.version());
        try (RedisServer redis = RedisServer.with("--appendfsync", "always")) {
            assertThat(lookAtRedis(redis.url())).isEqualTo(0);
            assertThat(cli.out()).contains("[ok]   transport: Redis at 127.0.0.1:", "survives a power failure");
        }
        try (RedisServer redis = RedisServer.with("--appendonly", "no")) {
            assertThat(lookAtRedis(redis.url())).isEqualTo(1);
            assertThat(cli.out()).contains("[fail] transport:", "appendonly yes");
        }
        assertThat(lookAtRedis("redis://user:secret@127.0.0.1:1")).isEqualTo(1);
        assertThat(cli.out())
                .contains("[fail] transport:", "127.0.0.1:1 cannot be reached")
                .doesNotContain("secret");
    }

    private int lookAtRedis(String url) throws IOException {
        Path config = Files.writeString(
                folder.resolve("redis.properties"), "tradesense.transport=redis\ntradesense.redis.url=" + url + "\n");
        return cli.run("doctor", "--data", folder.toString(), "--config", config.toString());
    }

    @Test
    void what_the_transport_of_the_server_says_of_itself_is_shown() {
        serverIs("{\"status\":\"UP\"}", TradeSenseCommand.version());
        server.always(
                "/api/v1/status",
                Reaction.json(
                        200,
                        "{\"version\":\"" + TradeSenseCommand.version() + "\",\"transport\":{\"name\":\"redis\","
                                + "\"available\":true,\"detail\":\"fine. Lost since the start: something\"}}"));
        assertThat(run()).isEqualTo(0);
        assertThat(cli.out()).contains("[ok]   transport: redis: fine. Lost since the start: something");

        server.always(
                "/api/v1/status",
                Reaction.json(200, "{\"transport\":{\"name\":\"redis\",\"available\":false,\"detail\":\"full\"}}"));
        assertThat(run()).isEqualTo(1);
        assertThat(cli.out()).contains("[fail] transport: redis: full");
    }

    @Test
    void a_log_that_cannot_be_reached_is_a_failure_that_says_where_and_not_the_password() {
        serverIs("{\"status\":\"UP\"}", TradeSenseCommand.version());

        assertThat(cli.run("doctor", "--store-url", "jdbc:postgresql://127.0.0.1:1/log?password=secret"))
                .isEqualTo(1);

        assertThat(cli.out())
                .contains("[fail] store: PostgreSQL at 127.0.0.1:1/log cannot be used")
                .doesNotContain("secret");
    }

    @Test
    void what_a_configuration_names_is_looked_at_and_what_is_missing_is_a_failure() throws IOException {
        serverIs("{\"status\":\"UP\"}", TradeSenseCommand.version());
        Path config = Files.writeString(
                folder.resolve("tradesense.properties"),
                "tradesense.transport=kafka\ntradesense.kafka.servers=127.0.0.1:1\ntradesense.kafka.timeout=1s\n"
                        + "tradesense.store.url=" + PostgresServer.sharedUrl() + "\n");

        assertThat(cli.run("doctor", "--data", folder.toString(), "--config", config.toString()))
                .isEqualTo(1);

        assertThat(cli.out())
                .contains("[ok]   configuration: is understood")
                .contains("[fail] transport: kafka: no answer from 127.0.0.1:1")
                .contains("start it, or mend what " + config + " says of it")
                .contains("[ok]   store: PostgreSQL at 127.0.0.1:");
    }

    @Test
    void a_configuration_that_is_no_file_is_wrong_usage() {
        assertThat(cli.run("doctor", "--config", folder.resolve("none.yaml").toString()))
                .isEqualTo(2);

        assertThat(cli.err()).contains("none.yaml");
    }

    @Test
    void a_server_that_was_named_and_does_not_answer_is_a_failure_with_its_remedy() {
        server.close();

        assertThat(run()).isEqualTo(1);

        assertThat(cli.out().lines().toList())
                .containsSequence(
                        "[fail] server: none answers at " + server.url(),
                        "       start one with 'tradesense up', or name it with --server URL");
    }

    @Test
    void a_server_that_is_down_says_which_part_is() {
        server.always("/api/v1/status", Reaction.json(200, "{\"version\":\"x\"}"))
                .always(
                        "/actuator/health",
                        Reaction.json(
                                503,
                                "{\"status\":\"DOWN\",\"components\":{\"ping\":{\"status\":\"UP\"},"
                                        + "\"store\":{\"status\":\"DOWN\",\"details\":{\"detail\":\"disk full\"}}}}"));

        assertThat(run()).isEqualTo(1);

        assertThat(cli.out())
                .contains("[fail] server: " + server.url() + " is DOWN; store is DOWN {\"detail\":\"disk full\"}");
    }

    @Test
    void a_worker_that_fails_is_a_warning_and_another_version_too() {
        serverIs("{\"status\":\"DEGRADED\"}", "9.9");

        assertThat(run()).isEqualTo(0);

        assertThat(cli.out())
                .contains("[warn] server: " + server.url() + " is DEGRADED")
                .contains("[warn] version: the server is 9.9, this is " + TradeSenseCommand.version());
    }

    @Test
    void something_else_on_the_port_is_a_failure() {
        server.always("/actuator/health", Reaction.with(200, "text/html", Map.of(), "<html>"));

        assertThat(run()).isEqualTo(1);

        assertThat(cli.out()).contains("[fail] server: ").contains("is that a TradeSense server?");
    }

    @Test
    void a_data_folder_that_is_a_file_is_a_failure() throws IOException {
        Path file = Files.writeString(folder.resolve("file"), "");

        assertThat(cli.run("doctor", "--data", file.resolve("below").toString()))
                .isEqualTo(1);

        assertThat(cli.out()).contains("[fail] data folder: " + file + " is no folder");
    }

    @Test
    void looking_leaves_nothing_behind() throws IOException {
        Path data = folder.resolve("a/b");

        cli.run("doctor", "--data", data.toString());

        assertThat(cli.out()).contains("[ok]   data folder: " + data + " can be made");
        try (var left = Files.list(folder)) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void what_libraries_log_is_no_part_of_the_output() throws Exception {
        Path config = Files.write(
                folder.resolve("kafka.properties"),
                List.of(
                        "tradesense.transport=kafka",
                        "tradesense.kafka.servers=127.0.0.1:1",
                        "tradesense.kafka.timeout=1s"));
        Path out = folder.resolve("out");
        Process doctor = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "doctor",
                        "--json",
                        "--data=" + folder,
                        "--config=" + config,
                        "--store-url=jdbc:postgresql://127.0.0.1:1/nothing?connectTimeout=1")
                .redirectOutput(out.toFile())
                .redirectError(folder.resolve("err").toFile())
                .start();

        assertThat(doctor.waitFor()).isEqualTo(1);

        Json answer = Json.parse(Files.readAllBytes(out));
        assertThat(answer.at("checks").items())
                .filteredOn(check -> check.at("verdict").text().equals("fail"))
                .extracting(check -> check.at("check").text())
                .contains("store", "transport");
    }

    @Test
    void json_says_the_same() {
        serverIs("{\"status\":\"UP\"}", "9.9");

        cli.run("doctor", "--json", "--data", folder.toString());

        List<Json> checks = Json.parse(cli.out().getBytes(java.nio.charset.StandardCharsets.UTF_8))
                .at("checks")
                .items();
        assertThat(checks)
                .extracting(check -> check.at("check").text())
                .containsExactly("java", "data folder", "disk", "server", "version");
        assertThat(checks.getLast().at("verdict").text()).isEqualTo("warn");
        assertThat(checks.getLast().at("remedy").text()).isEqualTo("use the command line of the server's version");
    }
}
