package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.jdbc.Verification;
import ai.tradesense.server.TailReader.Message;
import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.testkit.services.PostgresServer;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Checking and copying the log over HTTP.
class StoreTest {
    private static final String VERIFY = "/api/v1/store/verify";
    private static final String BACKUP = "/api/v1/store/backup";

    @TempDir
    Path folder;

    private static void publish(TestServer server, int events) {
        for (int i = 0; i < events; i++) {
            Answer answer = server.publish(STRUCTURED, Samples.order(TestServer.unique("kept"), "account"));
            assertThat(answer.status()).isEqualTo(202);
        }
    }

    private static List<JsonNode> lines(Answer answer) {
        assertThat(answer.status()).as(answer.text()).isEqualTo(200);
        return answer.text().lines().map(JsonMapper.shared()::readTree).toList();
    }

    @Test
    void a_copy_that_was_sent_is_a_sound_log_and_what_is_done_to_it_is_found() throws Exception {
        Path copy = folder.resolve("copy.db");
        String url = "jdbc:sqlite:" + copy;
        try (TestServer server = TestServer.start()) {
            publish(server, 20);
            List<JsonNode> lines = lines(server.post(VERIFY));
            assertThat(lines.getFirst().get("of").asLong()).isEqualTo(20);
            assertThat(lines.getLast().get("events").asLong()).isEqualTo(20);
            assertThat(lines.getLast().get("fault").isNull()).isTrue();

            Answer sent = server.post(BACKUP);
            assertThat(sent.status()).isEqualTo(200);
            assertThat(sent.header("Content-Type")).isEqualTo("application/vnd.sqlite3");
            Files.write(copy, sent.response().body());
            Verification verification = JdbcLog.verify(url, (_, _) -> {});
            assertThat(verification.fault()).isNull();
            assertThat(verification.hash())
                    .isEqualTo(lines.getLast().get("hash").asString());
        }
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM blocks WHERE first_position = 7");
        }
        try (TestServer server = TestServer.start("--tradesense.store.url=" + url)) {
            JsonNode fault = lines(server.post(VERIFY)).getLast().get("fault");
            assertThat(fault.get("position").asLong()).isEqualTo(7);
            assertThat(fault.get("problem").asString()).startsWith("missing");
        }
    }

    @Test
    void a_log_in_postgresql_is_checked_here_and_copied_by_pg_dump() {
        try (TestServer server = TestServer.start("--tradesense.store.url=" + PostgresServer.sharedUrl())) {
            publish(server, 5);
            assertThat(lines(server.post(VERIFY)).getLast().get("events").asLong())
                    .isEqualTo(5);
            Answer refused = server.post(BACKUP);
            assertThat(refused.status()).isEqualTo(501);
            assertThat(refused.json().get("detail").asString()).contains("pg_dump");
        }
    }

    @Test
    void in_memory_there_is_nothing_to_check_or_copy() {
        try (TestServer server = TestServer.start("--tradesense.transport=memory")) {
            for (String path : List.of(VERIFY, BACKUP)) {
                Answer refused = server.post(path);
                assertThat(refused.status()).as(path).isEqualTo(501);
                assertThat(refused.json().get("type").asString()).isEqualTo("urn:tradesense:problem:not-supported");
            }
        }
    }

    @Test
    void a_page_of_another_origin_begins_neither() {
        for (String path : List.of(VERIFY, BACKUP)) {
            TestServer server = TestServer.shared();
            assertThat(server.get(path).status()).isEqualTo(405);
            assertThat(server.send(HttpRequest.newBuilder(server.uri(path))
                                    .header("Origin", "https://example.com")
                                    .POST(BodyPublishers.noBody()))
                            .status())
                    .isEqualTo(403);
        }
    }

    @Test
    void what_cannot_be_decoded_is_named_with_its_bytes_where_events_are_found_followed_and_shown() throws Exception {
        Path copy = folder.resolve("copy.db");
        String url = "jdbc:sqlite:" + copy;
        try (TestServer server = TestServer.start()) {
            publish(server, 3);
            Files.write(copy, server.post(BACKUP).response().body());
        }
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            statement.execute("UPDATE blocks SET records = substr(records, 1, 20) WHERE first_position = 2");
        }
        try (TestServer server = TestServer.start("--tradesense.store.url=" + url)) {
            JsonNode page = server.get("/api/v1/events?subject=account").json();
            assertThat(page.get("events")).hasSize(2);
            JsonNode unreadable = page.get("unreadable").get(0);
            assertThat(unreadable.get("position").asLong()).isEqualTo(2);
            assertThat(unreadable.get("bytes").binaryValue()).hasSize(7);
            assertThat(page.get("next").isNull()).isTrue();
            assertThat(server.get("/api/v1/streams/account").json().get("unreadable"))
                    .hasSize(1);
            try (TailReader tail = TailReader.of(server, "?after=0")) {
                await().until(() -> tail.messages.size() == 3);
                assertThat(tail.messages)
                        .extracting(Message::event)
                        .containsExactly("message", "unreadable", "message");
                assertThat(tail.messages.get(1).id()).isEqualTo("2");
                assertThat(tail.messages.get(1).json().get("reason").asString()).isNotEmpty();
            }
            try (BrowserContext context = Browser.chromium().newContext()) {
                Page console = context.newPage();
                console.navigate(server.uri("/").toString());
                ConsoleInBrowser.shown(console.getByText("Position 2 cannot be decoded"));
            }
        }
    }
}
