package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.server.config.Settings;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.worker.Worker;
import java.io.IOException;
import java.net.ServerSocket;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class PostgresServerConfigurationTest {
    @Test
    void on_postgresql_everything_is_in_the_database_and_health_follows_it() {
        try (PostgresServer postgres = PostgresServer.with()) {
            String account = unique("postgres");
            try (TestServer server = TestServer.start("--tradesense.store.url=" + postgres.url())) {
                server.publish(STRUCTURED, Samples.order(unique("postgres"), account));

                postgres.kill();
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(
                                () -> assertThat(server.get("/actuator/health").status())
                                        .isEqualTo(503));
                postgres.start();
                await().atMost(Duration.ofSeconds(30))
                        .untilAsserted(
                                () -> assertThat(server.get("/actuator/health").status())
                                        .isEqualTo(200));
            }
            try (TestServer another = TestServer.start("--tradesense.store.url=" + postgres.url())) {
                assertThat(another.get("/api/v1/events?subject=" + account)
                                .json()
                                .at("/events"))
                        .as("on a data folder of its own")
                        .hasSize(1);
            }
        }
    }

    @Test
    void without_postgresql_the_server_does_not_start_and_says_where_it_looked() throws IOException {
        int port;
        try (ServerSocket socket = new ServerSocket(0)) {
            port = socket.getLocalPort();
        }
        assertThatThrownBy(() -> TestServer.start("--tradesense.store.url=" + PostgresServer.urlAt(port))
                        .close())
                .satisfies(failure ->
                        assertThat(StartupReport.sentence(failure)).contains("PostgreSQL at 127.0.0.1:" + port));
    }

    @Test
    void its_timeout_and_lease_can_be_configured() throws SQLException {
        String url = PostgresServer.sharedUrl();
        try (TestServer server = TestServer.start(
                        "--tradesense.store.url=" + url,
                        "--tradesense.store.timeout=2s",
                        "--tradesense.store.lease=1h");
                Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            server.tradesense()
                    .register(Worker.named(unique("leasing"))
                            .on("*", (_, _) -> {})
                            .build());
            await().atMost(Duration.ofSeconds(60)).until(() -> {
                try (ResultSet row = statement.executeQuery(
                        "SELECT bool_and(alive_until > now() + interval '30 min') FROM members")) {
                    return row.next() && row.getBoolean(1);
                }
            });
            assertThat(server.context().getBean(Settings.class).store().timeout())
                    .isEqualTo(Duration.ofSeconds(2));
        }
        assertThatThrownBy(() ->
                        TestServer.start("--tradesense.store.timeout=99ms").close())
                .satisfies(failure -> assertThat(StartupReport.sentence(failure))
                        .contains("tradesense.store.timeout is '99ms'", "100ms or more"));
    }

    @Test
    void a_url_of_no_log_is_refused_without_its_password() {
        assertThatThrownBy(() -> TestServer.start("--tradesense.store.url=jdbc:mysql://user:secret@host/log")
                        .close())
                .satisfies(failure -> assertThat(StartupReport.sentence(failure))
                        .contains("tradesense.store.url", "jdbc:postgresql:")
                        .doesNotContain("secret"));
    }
}
