package ai.tradesense.server;

import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.worker.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Schedules over HTTP, and orders to workers that need no more than the registry.
class SchedulesTest {
    private final TestServer server = TestServer.shared();

    private JsonNode schedule(String name) {
        return server.get("/api/v1/schedules")
                .json()
                .get("schedules")
                .valueStream()
                .filter(entry -> entry.get("name").asString().equals(name))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void a_schedule_shows_when_it_ran_and_when_it_will() {
        Punctual worker = new Punctual(unique("second"), Schedule.every(Duration.ofSeconds(1)));
        server.tradesense().register(worker);

        await().until(() -> worker.ran().size() >= 2);
        JsonNode entry = schedule(worker.workerName());
        assertThat(entry.get("schedule").asString()).isEqualTo("every PT1S");
        assertThat(entry.get("zone").isNull()).isTrue();
        assertThat(entry.get("missedTicks").asString()).isEqualTo("RUN_ONCE");
        Instant last = Instant.parse(entry.get("last").asString());
        assertThat(last).isAfterOrEqualTo(worker.ran().get(1).scheduledAt());
        assertThat(Instant.parse(entry.get("next").asString())).isAfter(last);
        server.tradesense().workers().deregister(worker.workerName());
    }

    @Test
    void a_cron_expression_is_shown_with_its_zone() {
        Punctual worker = new Punctual(unique("yearly"), Schedule.cron("0 12 29 2 *", ZoneId.of("America/New_York")));
        server.tradesense().register(worker);

        JsonNode entry = schedule(worker.workerName());
        assertThat(entry.get("schedule").asString()).isEqualTo("0 12 29 2 *");
        assertThat(entry.get("zone").asString()).isEqualTo("America/New_York");
        assertThat(entry.get("last").isNull()).isTrue();
        assertThat(entry.get("next").asString()).endsWith("-02-29T17:00:00Z");
        server.tradesense().workers().deregister(worker.workerName());
    }

    @Test
    void a_workers_breaker_and_concurrency_are_changed_and_shown() {
        Punctual worker = new Punctual(unique("changed"));
        server.tradesense().register(worker);
        String path = "/api/v1/workers/" + worker.workerName();

        Answer opened = server.post(path + "/breaker/open");
        assertThat(opened.status()).isEqualTo(200);
        assertThat(opened.json().get("breaker").asString()).isEqualTo("FORCED_OPEN");
        assertThat(opened.json().get("state").asString()).isEqualTo("DEGRADED");
        assertThat(server.post(path + "/breaker/reset").json().get("breaker").asString())
                .isEqualTo("CLOSED");

        assertThat(server.get(path).json().get("concurrency").asInt()).isEqualTo(1);
        assertThat(server.post(path + "/concurrency?subjects=7").status()).isEqualTo(200);
        await().until(() -> server.get(path).json().get("concurrency").asInt() == 7);
        assertThat(server.get(path).json().get("stuck")).isEmpty();
        server.tradesense().workers().deregister(worker.workerName());
    }

    @Test
    void a_concurrency_that_cannot_be_is_refused_and_changes_nothing() {
        Punctual worker = new Punctual(unique("unchanged"));
        server.tradesense().register(worker);
        String path = "/api/v1/workers/" + worker.workerName();
        for (String query : List.of("", "?subjects=0", "?subjects=1025", "?subjects=many", "?subject=3")) {
            Answer refused = server.post(path + "/concurrency" + query);
            assertThat(refused.status()).as(query).isEqualTo(400);
            assertThat(refused.json().at("/errors/0/parameter").asString()).startsWith("subject");
        }
        assertThat(server.get(path).json().get("concurrency").asInt()).isEqualTo(1);
        server.tradesense().workers().deregister(worker.workerName());
    }

    @Test
    void this_instance_is_known_with_its_workers() {
        Punctual worker = new Punctual(unique("shown"));
        server.tradesense().register(worker);

        await().untilAsserted(() -> {
            JsonNode instance = server.get("/api/v1/instances").json().at("/instances/0");
            assertThat(instance.get("alive").asBoolean()).isTrue();
            assertThat(instance.get("workers").valueStream())
                    .anyMatch(entry -> entry.get("name").asString().equals(worker.workerName())
                            && entry.get("state").asString().equals("RUNNING"));
        });
        server.tradesense().workers().deregister(worker.workerName());
    }

    @Test
    void orders_to_a_worker_that_is_not_there_are_not_found() {
        for (String order : List.of("breaker/open", "breaker/reset", "concurrency?subjects=2")) {
            assertThat(server.post("/api/v1/workers/nobody/" + order).status())
                    .as(order)
                    .isEqualTo(404);
        }
    }
}
