package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.retry.PermanentException;
import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Transport;
import ai.tradesense.worker.Worker;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

class StatusTest {
    private final TestServer server = TestServer.shared();

    @Test
    void the_status_follows_what_happens() {
        long before = server.get("/api/v1/status").json().at("/store/head").asLong();
        String worker = unique("status");
        server.tradesense()
                .register(Worker.named(worker).on("*", (event, context) -> {}).build());
        server.publish(STRUCTURED, Samples.order(unique("status"), unique("A")));

        await().untilAsserted(() -> {
            JsonNode status = server.get("/api/v1/status").json();
            assertThat(status.at("/store/head").asLong()).isGreaterThan(before);
            assertThat(status.at("/store/events").asLong()).isPositive();
            assertThat(status.at("/workers/count").asInt()).isPositive();
            assertThat(status.at("/workers/byState/running").asInt()).isPositive();
            assertThat(status.at("/transport/available").asBoolean()).isTrue();
            assertThat(status.at("/publish/p99Millis").asDouble()).isPositive();
            assertThat(status.get("version").asString()).matches("\\d+\\.\\d+\\.\\d+.*");
        });
        server.tradesense().workers().deregister(worker);
    }

    @Test
    void dead_letters_of_a_worker_that_is_not_here_any_more_still_count() {
        String worker = unique("gone");
        server.tradesense()
                .register(Worker.named(worker)
                        .on(Samples.TYPE, (event, context) -> {
                            throw new PermanentException("refused");
                        })
                        .startFrom(StartFrom.END)
                        .build());
        server.publish(STRUCTURED, Samples.order(unique("dead"), unique("A")));
        await().until(() ->
                server.get("/api/v1/dead-letters?worker=" + worker).text().contains("DEAD"));
        server.tradesense().workers().deregister(worker);

        long all = server.get("/api/v1/dead-letters/groups?limit=1000")
                .json()
                .get("groups")
                .valueStream()
                .mapToLong(group -> group.get("count").asLong())
                .sum();

        assertThat(all).isPositive();
        await().until(() ->
                server.get("/api/v1/status").json().at("/workers/deadLetters").asLong() == all);
    }

    @Test
    void the_version_is_in_a_file_that_no_library_has_too() throws IOException {
        assertThat(Collections.list(StatusTest.class.getClassLoader().getResources("tradesense-version.properties")))
                .hasSize(1);
    }

    @Test
    void rates_are_counted_and_remembered() {
        await().atMost(Duration.ofSeconds(30)).untilAsserted(() -> {
            server.publish(STRUCTURED, Samples.order(unique("rate"), unique("A")));
            JsonNode status = server.get("/api/v1/status").json();
            assertThat(status.at("/rates/publishedPerSecond").asDouble()).isPositive();
            assertThat(status.at("/history/publishedPerSecond").valueStream().anyMatch(rate -> rate.asDouble() > 0))
                    .isTrue();
            assertThat(status.at("/history/publishedPerSecond").size())
                    .isEqualTo(status.at("/history/processedPerSecond").size());
        });
    }

    @Test
    void health_has_its_details() {
        Answer answer = server.get("/actuator/health");
        assertThat(answer.status()).isEqualTo(200);
        JsonNode health = answer.json();
        assertThat(health.get("status").asString()).isEqualTo("UP");
        assertThat(health.at("/components/transport/details/name").asString())
                .isEqualTo(server.tradesense().transport().name());
        assertThat(health.at("/components/store/details/head").isNumber()).isTrue();
        assertThat(health.at("/components/workers/status").asString()).isEqualTo("UP");
        for (String part : new String[] {"transport", "readiness", "liveness"}) {
            assertThat(server.get("/actuator/health/" + part).status()).as(part).isEqualTo(200);
        }
    }

    @Test
    void the_metrics_of_the_platform_are_there_for_prometheus() {
        String name = unique("measured");
        server.tradesense()
                .register(Worker.named(name).on("*", (event, context) -> {}).build());
        server.publish(STRUCTURED, Samples.order(unique("measured"), unique("A")));
        await().untilAsserted(() -> {
            String metrics = server.get("/actuator/prometheus").text();
            assertThat(metrics)
                    .contains("tradesense_published_total")
                    .contains("tradesense_publish_seconds{quantile=\"0.99\"}")
                    .contains("tradesense_tail_clients")
                    .contains("jvm_memory_used_bytes");
            for (String metric : new String[] {
                "tradesense_worker_processed_total",
                "tradesense_worker_failed_total",
                "tradesense_worker_processing_seconds_count",
                "tradesense_worker_lag",
                "tradesense_worker_parked",
                "tradesense_dead_letters",
            }) {
                assertThat(metrics).containsPattern(metric + "\\{[^}]*worker=\"" + name + "\"");
            }
        });
        server.tradesense().workers().deregister(name);
    }

    @ParameterizedTest
    @ValueSource(strings = {"embedded", "memory"})
    void a_platform_whose_transport_is_down_says_so_and_stays_up(String transport) throws Exception {
        try (TestServer other = TestServer.start("--tradesense.transport=" + transport)) {
            String event = Samples.order(unique("late"), unique("A"));
            assertThat(other.publish(STRUCTURED, event).status()).isEqualTo(202);
            other.context().getBean(Transport.class).close();

            Answer publish = other.publish(STRUCTURED, Samples.order(unique("later"), unique("A")));
            assertThat(publish.status()).as(publish.text()).isEqualTo(503);
            assertThat(publish.header("Content-Type")).isEqualTo("application/problem+json");
            assertThat(publish.header("Retry-After")).isNotEmpty();
            assertThat(publish.json().get("type").asString()).isEqualTo("urn:tradesense:problem:unavailable");

            Answer health = other.get("/actuator/health");
            assertThat(health.status()).isEqualTo(503);
            assertThat(health.json().at("/components/transport/status").asString())
                    .isEqualTo("DOWN");
            assertThat(other.get("/actuator/health/readiness").status()).isEqualTo(503);
            assertThat(other.get("/actuator/health/liveness").status())
                    .as("to start it anew would not help")
                    .isEqualTo(200);
            assertThat(other.get("/api/v1/status").json().get("status").asString())
                    .isEqualTo("DOWN");
        }
    }
}
