package ai.tradesense.testkit.services;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import org.junit.jupiter.api.Test;

class PostgresServerTest {
    @Test
    void what_was_committed_survives_a_kill_a_stop_and_not_a_clearing() {
        try (PostgresServer postgres = PostgresServer.with()) {
            postgres.execute("postgres", "CREATE TABLE kept AS SELECT 7 AS number");

            postgres.restart();
            assertThat(postgres.execute("postgres", "SELECT number FROM kept")).containsExactly("7");

            postgres.stop();
            postgres.start();
            assertThat(postgres.execute("postgres", "SELECT number FROM kept")).containsExactly("7");

            postgres.stop();
            postgres.clear();
            postgres.start();
            assertThatThrownBy(() -> postgres.execute("postgres", "SELECT number FROM kept"))
                    .isInstanceOf(ServiceException.class)
                    .hasMessageContaining("kept");
        }
    }

    @Test
    void a_commit_waits_for_the_disk() {
        try (PostgresServer postgres = PostgresServer.with()) {
            assertThat(postgres.execute(
                            "postgres", "SELECT current_setting('fsync') || current_setting('synchronous_commit')"))
                    .containsExactly("onon");
        }
    }

    @Test
    void a_frozen_server_does_not_answer_until_it_goes_on() throws IOException {
        try (PostgresServer postgres = PostgresServer.with()) {
            postgres.freeze();
            try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), postgres.port())) {
                socket.setSoTimeout(1_000);
                assertThatThrownBy(() -> postgres.answers(socket)).isInstanceOf(SocketTimeoutException.class);
            }

            postgres.thaw();
            assertThat(postgres.execute("postgres", "SELECT 1")).containsExactly("1");
        }
    }

    @Test
    void single_backends_can_be_killed_and_the_server_recovers() throws InterruptedException {
        try (PostgresServer postgres = PostgresServer.with()) {
            Thread client = Thread.ofVirtual()
                    .start(() -> assertThatThrownBy(() -> postgres.execute(
                                    "postgres", "SET application_name = 'victim'; SELECT pg_sleep(60)"))
                            .isInstanceOf(ServiceException.class));
            await("a backend to kill").until(() -> postgres.killBackends("victim") == 1);
            client.join();

            await("the end of the recovery")
                    .ignoreException(ServiceException.class)
                    .untilAsserted(() ->
                            assertThat(postgres.execute("postgres", "SELECT 1")).containsExactly("1"));
        }
    }

    @Test
    void each_who_asks_for_the_shared_server_gets_a_schema_of_its_own() {
        assertThat(PostgresServer.sharedUrl()).isNotEqualTo(PostgresServer.sharedUrl());
    }

    @Test
    void a_server_that_cannot_start_says_why() {
        assertThatThrownBy(() -> PostgresServer.with("wal_level=strange"))
                .isInstanceOf(ServiceException.class)
                .hasMessageContaining("wal_level");
    }
}
