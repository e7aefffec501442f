package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.server.TestServer.Answer;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A service on loopback is still within reach of every web page that is open on the machine.
class GuardTest {
    private final TestServer server = TestServer.shared();

    private String askFor(String host) throws IOException {
        return server.raw("GET /api/v1/status HTTP/1.1\r\nHost: " + host + "\r\nConnection: close\r\n\r\n");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "localhost",
                "localhost:8080",
                "LOCALHOST",
                "127.0.0.1",
                "127.0.0.1:80",
                "127.8.7.6",
                "[::1]:8080",
                "console.localhost"
            })
    void a_loopback_name_is_answered(String host) throws Exception {
        assertThat(askFor(host)).startsWith("HTTP/1.1 200");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "evil.example",
                "evil.example:8080",
                "localhost.evil.example",
                "127.0.0.1.evil.example",
                "10.0.0.1",
                "0.0.0.0",
                "[::2]",
                "localhost@evil.example"
            })
    void any_other_name_is_refused(String host) throws Exception {
        assertThat(askFor(host)).matches("(?s)HTTP/1.1 40[03].*application/problem\\+json.*");
    }

    @Test
    void a_page_of_another_origin_can_change_nothing() {
        String subject = unique("forged");
        for (String origin : new String[] {"http://evil.example", "null", "http://localhost:1", "https://127.0.0.1"}) {
            Answer answer = server.send(HttpRequest.newBuilder(server.uri("/api/v1/events"))
                    .header("Content-Type", STRUCTURED)
                    .header("Origin", origin)
                    .POST(BodyPublishers.ofString(Samples.order(unique("forged"), subject))));
            assertThat(answer.status()).as(origin).isEqualTo(403);
            assertThat(answer.json().get("type").asString()).isEqualTo("urn:tradesense:problem:forbidden");
        }
        Answer crossSite = server.send(HttpRequest.newBuilder(server.uri("/api/v1/workers/any/pause"))
                .header("Sec-Fetch-Site", "cross-site")
                .POST(BodyPublishers.noBody()));
        assertThat(crossSite.status()).isEqualTo(403);
        assertThat(server.get("/api/v1/events?subject=" + subject).json().get("events"))
                .isEmpty();
    }

    private HttpRequest.Builder reading(String path, String site, String mode, String dest) {
        return HttpRequest.newBuilder(server.uri(path))
                .header("Sec-Fetch-Site", site)
                .header("Sec-Fetch-Mode", mode)
                .header("Sec-Fetch-Dest", dest);
    }

    @Timeout(60) // a tail that is not refused has no end
    @ParameterizedTest
    @ValueSource(strings = {"cross-site", "same-site"})
    void a_page_of_another_origin_cannot_have_the_server_read_for_nothing(String site) {
        for (String path : new String[] {"/api/v1/tail", "/api/v1/events?limit=1000", "/api/v1/status"}) {
            Answer answer = server.send(reading(path, site, "no-cors", "empty"));
            assertThat(answer.status()).as(path).isEqualTo(403);
            assertThat(answer.json().get("type").asString()).isEqualTo("urn:tradesense:problem:forbidden");
            assertThat(server.send(reading(path, site, "navigate", "iframe")).status())
                    .isEqualTo(403);
        }
        assertThat(server.send(reading("/api/v1/status", site, "navigate", "document"))
                        .status())
                .as("somebody follows a link")
                .isEqualTo(200);
        for (String own : new String[] {"same-origin", "none"}) {
            assertThat(server.send(reading("/api/v1/status", own, "cors", "empty"))
                            .status())
                    .as(own)
                    .isEqualTo(200);
        }
    }

    @Test
    void a_page_of_this_origin_may() {
        Answer answer = server.send(HttpRequest.newBuilder(server.uri("/api/v1/workers/nobody/pause"))
                .header("Origin", "http://127.0.0.1:" + server.port())
                .header("Sec-Fetch-Site", "same-origin")
                .POST(BodyPublishers.noBody()));
        assertThat(answer.status()).isEqualTo(404);
    }

    @ParameterizedTest
    @ValueSource(strings = {"/", "/api/v1/status", "/nothing/here", "/openapi.yaml", "/actuator/health"})
    void every_response_tells_the_browser_to_be_careful(String path) {
        Answer answer = server.get(path);
        assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
        assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
        assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
        assertThat(answer.header("Cache-Control")).contains("no-store");
        assertThat(answer.header("Content-Security-Policy"))
                .contains("default-src 'none'")
                .contains("frame-ancestors 'none'")
                .doesNotContain("unsafe");
        assertThat(answer.header("Access-Control-Allow-Origin")).isEmpty();
        assertThat(answer.header("Server")).isEmpty();
    }

    @Test
    void a_wrong_method_is_told_the_right_ones() {
        Answer answer =
                server.send(HttpRequest.newBuilder(server.uri("/api/v1/events")).DELETE());
        assertThat(answer.status()).isEqualTo(405);
        assertThat(answer.header("Allow")).contains("GET").contains("POST");
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        assertThat(server.post("/api/v1/status").status()).isEqualTo(405);
        assertThat(server.post("/openapi.yaml").status()).isEqualTo(405);
    }

    @Test
    void a_caller_that_wants_something_else_gets_a_problem() {
        Answer answer =
                server.send(HttpRequest.newBuilder(server.uri("/api/v1/status")).header("Accept", "image/png"));
        assertThat(answer.status()).isEqualTo(406);
        assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
    }

    @ParameterizedTest
    @ValueSource(strings = {"GET /%zz HTTP/1.1", "GET /a|b HTTP/1.1", "NONSENSE", "GET /../../etc/passwd HTTP/1.1"})
    void what_the_container_refuses_is_a_problem_too(String requestLine) throws Exception {
        assertThat(server.raw(requestLine + "\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 4")
                .contains("application/problem+json")
                .doesNotContain("Tomcat");
    }

    @Test
    void a_path_that_is_too_long_is_told_so() throws Exception {
        String path = "/api/v1/events/" + "a".repeat(9_000);
        assertThat(server.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                .startsWith("HTTP/1.1 400")
                .contains("its first line or a header is longer than 8 KiB");
    }

    @Test
    void files_outside_the_public_folder_are_out_of_reach() throws Exception {
        for (String path : new String[] {
            "/..%2f..%2fapplication.properties",
            "/%2e%2e/application.properties",
            "/static/..%5c..%5capplication.properties",
            "/application.properties",
            "/tradesense-version.properties"
        }) {
            assertThat(server.raw("GET " + path + " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"))
                    .startsWith("HTTP/1.1 4");
        }
    }
}
