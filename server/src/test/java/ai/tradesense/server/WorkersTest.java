package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.retry.PermanentException;
import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.worker.Worker;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

class WorkersTest {
    private final TestServer server = TestServer.shared();

    private String register(String subject, List<String> seen) {
        String name = unique("worker");
        server.tradesense()
                .register(Worker.named(name)
                        .on("Trading.*", (event, context) -> {
                            if (event.subject().equals(subject)) {
                                seen.add(event.id());
                            }
                        })
                        .startFrom(StartFrom.END)
                        .build());
        return name;
    }

    @Test
    void a_worker_shows_what_it_does() {
        String subject = unique("A");
        List<String> seen = new CopyOnWriteArrayList<>();
        String name = register(subject, seen);
        server.publish(STRUCTURED, Samples.order(unique("worked"), subject));

        await().untilAsserted(() -> {
            JsonNode worker = server.get("/api/v1/workers/" + name).json();
            assertThat(worker.get("name").asString()).isEqualTo(name);
            assertThat(worker.get("group").asString()).isEqualTo(name + "_group");
            assertThat(worker.get("subscribesTo").get(0).asString()).isEqualTo("Trading.*");
            assertThat(worker.get("state").asString()).isEqualTo("RUNNING");
            assertThat(worker.get("processed").asLong()).isPositive();
            assertThat(worker.get("lag").asLong()).isZero();
            assertThat(worker.get("lastError").isNull()).isTrue();
        });
        assertThat(server.get("/api/v1/workers").json().get("workers"))
                .anySatisfy(worker -> assertThat(worker.get("name").asString()).isEqualTo(name));
        server.tradesense().workers().deregister(name);
    }

    @Test
    void a_paused_worker_takes_nothing_until_it_is_resumed() {
        String subject = unique("A");
        List<String> seen = new CopyOnWriteArrayList<>();
        String name = register(subject, seen);
        Answer paused = server.post("/api/v1/workers/" + name + "/pause");
        assertThat(paused.status()).isEqualTo(200);
        assertThat(paused.json().get("state").asString()).isEqualTo("PAUSED");

        String id = unique("held");
        server.publish(STRUCTURED, Samples.order(id, subject));
        await().untilAsserted(() -> assertThat(
                        server.get("/api/v1/workers/" + name).json().get("lag").asLong())
                .isPositive());
        assertThat(seen).isEmpty();

        Answer resumed = server.post("/api/v1/workers/" + name + "/resume");
        assertThat(resumed.json().get("state").asString()).isEqualTo("RUNNING");
        await().untilAsserted(() -> assertThat(seen).containsExactly(id));
        server.tradesense().workers().deregister(name);
    }

    @Test
    void a_worker_is_drained_when_it_has_finished_what_it_had() {
        String subject = unique("A");
        String name = unique("drains");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        server.tradesense()
                .register(Worker.named(name)
                        .on("Trading.*", (event, context) -> {
                            begun.countDown();
                            mayEnd.await();
                        })
                        .startFrom(StartFrom.END)
                        .build());
        server.publish(STRUCTURED, Samples.order(unique("held"), subject));
        await().until(() -> begun.getCount() == 0);

        Answer drains = server.post("/api/v1/workers/" + name + "/drain");

        assertThat(drains.status()).isEqualTo(200);
        assertThat(drains.json().get("state").asString()).isEqualTo("PAUSED");
        assertThat(drains.json().get("reason").asString()).isEqualTo("draining: 1 events at hand");
        mayEnd.countDown();
        await().untilAsserted(() -> {
            JsonNode worker = server.get("/api/v1/workers/" + name).json();
            assertThat(worker.get("state").asString()).isEqualTo("PAUSED");
            assertThat(worker.get("reason").asString()).isEqualTo("drained: nothing is at hand");
        });
        server.tradesense().workers().deregister(name);
    }

    @Test
    void a_worker_that_is_not_there_is_not_found() {
        for (Answer answer : List.of(
                server.get("/api/v1/workers/nobody"),
                server.post("/api/v1/workers/nobody/pause"),
                server.post("/api/v1/workers/nobody/drain"),
                server.post("/api/v1/workers/nobody/resume"))) {
            assertThat(answer.status()).isEqualTo(404);
            assertThat(answer.header("Content-Type")).isEqualTo("application/problem+json");
        }
    }

    @Test
    void an_event_that_is_given_up_is_a_dead_letter_with_its_history() {
        String name = unique("failing");
        String subject = unique("A");
        String id = unique("given-up");
        server.tradesense()
                .register(Worker.named(name)
                        .on(Samples.TYPE, (event, context) -> {
                            if (event.subject().equals(subject)) {
                                throw new PermanentException("the broker knows no " + event.subject());
                            }
                        })
                        .startFrom(StartFrom.END)
                        .build());
        server.publish(STRUCTURED, Samples.order(id, subject));

        String list = "/api/v1/dead-letters?worker=" + name;
        await().untilAsserted(() ->
                assertThat(server.get(list).json().get("deadLetters")).hasSize(1));
        JsonNode letter = server.get(list).json().at("/deadLetters/0");
        assertThat(letter.get("state").asString()).isEqualTo("DEAD");
        assertThat(letter.get("worker").asString()).isEqualTo(name);
        assertThat(letter.get("eventId").asString()).isEqualTo(id);
        assertThat(letter.get("type").asString()).isEqualTo(Samples.TYPE);
        assertThat(letter.get("subject").asString()).isEqualTo(subject);
        assertThat(letter.get("attempts").asInt()).isEqualTo(1);
        assertThat(letter.at("/lastFailure/message").asString()).isEqualTo("the broker knows no " + subject);
        assertThat(letter.at("/lastFailure/stackTrace").isMissingNode()).isTrue();

        Answer details = server.get("/api/v1/dead-letters/" + letter.get("id").asLong());
        assertThat(details.json().get("eventId").asString()).isEqualTo(id);
        assertThat(details.json().at("/event/id").asString()).isEqualTo(id);
        assertThat(details.text()).contains("\"quantity\":0.10,");
        assertThat(details.json().at("/failures/0/exception").asString()).isEqualTo(PermanentException.class.getName());
        assertThat(details.json().at("/failures/0/stackTrace").asString()).contains("at ai.tradesense");
        assertThat(details.json().get("rawBase64").isNull()).isTrue();

        for (String filter : List.of("&type=" + Samples.TYPE, "&subject=" + subject)) {
            assertThat(server.get(list + filter).json().get("deadLetters")).hasSize(1);
        }
        for (String filter : List.of("&type=Risk.Trading.Halted.v1", "&subject=other", "&before=1")) {
            assertThat(server.get(list + filter).json().get("deadLetters")).isEmpty();
        }
        assertThat(server.get("/api/v1/workers/" + name)
                        .json()
                        .get("deadLetters")
                        .asLong())
                .isEqualTo(1);
        server.tradesense().workers().deregister(name);
    }

    @Test
    void data_that_fits_no_record_is_quarantined_with_its_bytes() {
        String name = unique("typed");
        String subject = unique("A");
        server.tradesense()
                .register(Worker.named(name)
                        .on(Samples.TYPE, (event, context) -> {
                            if (event.subject().equals(subject)) {
                                event.dataAs(Integer.class);
                            }
                        })
                        .startFrom(StartFrom.END)
                        .build());
        server.publish(STRUCTURED, Samples.order(unique("misfit"), subject));
        String list = "/api/v1/dead-letters?worker=" + name;
        await().untilAsserted(() ->
                assertThat(server.get(list).json().get("deadLetters")).hasSize(1));
        JsonNode letter = server.get(list).json().at("/deadLetters/0");
        assertThat(letter.get("state").asString()).isEqualTo("QUARANTINED");
        JsonNode details =
                server.get("/api/v1/dead-letters/" + letter.get("id").asLong()).json();
        byte[] raw =
                java.util.Base64.getDecoder().decode(details.get("rawBase64").asString());
        assertThat(new String(raw, java.nio.charset.StandardCharsets.UTF_8)).contains("\"quantity\":0.10");
        server.tradesense().workers().deregister(name);
    }

    @Test
    void dead_letters_refuse_wrong_parameters_and_unknown_ids() {
        assertThat(server.get("/api/v1/dead-letters?before=0").status()).isEqualTo(400);
        assertThat(server.get("/api/v1/dead-letters?wroker=x")
                        .json()
                        .at("/errors/0/parameter")
                        .asString())
                .isEqualTo("wroker");
        assertThat(server.get("/api/v1/dead-letters/999999999").status()).isEqualTo(404);
        assertThat(server.get("/api/v1/dead-letters/first").status()).isEqualTo(404);
    }

    @Test
    void the_catalogue_has_every_type_its_schema_and_who_consumes_it() {
        String name = register(unique("A"), new CopyOnWriteArrayList<>());
        JsonNode types = server.get("/api/v1/catalog").json().get("types");
        assertThat(types).hasSize(30);
        JsonNode order = server.get("/api/v1/catalog/" + Samples.TYPE).json();
        assertThat(order.get("consumers"))
                .anySatisfy(consumer -> assertThat(consumer.asString()).isEqualTo(name));
        assertThat(order.get("domain").asString()).isEqualTo("Trading");
        assertThat(order.at("/schema/properties/quantity").isObject()).isTrue();
        JsonNode started = server.get("/api/v1/catalog/Challenge.Started.v1").json();
        assertThat(started.get("entity").isNull()).isTrue();
        assertThat(started.get("consumers"))
                .noneSatisfy(consumer -> assertThat(consumer.asString()).isEqualTo(name));
        assertThat(server.get("/api/v1/catalog/Trading.Order.Placed.v9").status())
                .isEqualTo(404);
        assertThat(server.get("/api/v1/catalog/nonsense").status()).isEqualTo(404);
        server.tradesense().workers().deregister(name);
    }
}
