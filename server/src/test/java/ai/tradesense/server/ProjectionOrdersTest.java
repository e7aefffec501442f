package ai.tradesense.server;

import static ai.tradesense.server.TestServer.unique;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.server.TestServer.Answer;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.store.ProjectionReports;
import java.time.Duration;
import java.time.Instant;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/// Orders to a projection that runs in another process, over HTTP.
class ProjectionOrdersTest {
    private final TestServer server = TestServer.shared();
    private final ProjectionReports reports =
            server.context().getBean(EventStore.class).projections();
    private final String name = unique("balances");
    private final String path = "/api/v1/projections/" + name;

    @BeforeEach
    void somebody_runs_it() {
        reports.report(new ProjectionReport(name, "one", 1, 0, null, null, Instant.now()), Instant.EPOCH);
    }

    @AfterEach
    void nobody_runs_it_any_more() {
        reports.forget(name, "one");
    }

    @Test
    void an_order_reaches_who_runs_the_projection_and_what_became_of_it_is_shown() {
        Answer accepted = server.post(path + "/pass-over?position=7&reason=a%20test%20order");

        assertThat(accepted.status()).as(accepted.text()).isEqualTo(202);
        assertThat(accepted.json().get("state").asString()).isEqualTo("WAITING");
        assertThat(accepted.json().get("by").asString()).isEqualTo("local operator");
        ProjectionOrder.Given taken = reports.take(name, "one").orElseThrow();
        assertThat(taken.order()).isEqualTo(new ProjectionOrder.PassOver(7, "a test order"));
        reports.answer(taken.number(), ProjectionOrder.State.REFUSED, "position 7 can be decoded");
        assertThat(server.post(path + "/rebuild?rate=500").status()).isEqualTo(202);
        assertThat(reports.take(name, "one").orElseThrow().order()).isEqualTo(new ProjectionOrder.Rebuild(500));
        assertThat(server.post(path + "/rebuild/cancel").status()).isEqualTo(202);

        JsonNode orders = server.get(path + "/orders").json().get("orders");
        assertThat(orders.valueStream().map(order -> order.get("state").asString()))
                .containsExactly("WAITING", "TAKEN", "REFUSED");
        assertThat(orders.get(2).get("outcome").asString()).isEqualTo("position 7 can be decoded");
        assertThat(orders.get(2).get("what").asString()).isEqualTo("pass over 7: a test order");
    }

    @Test
    void metrics_say_how_far_behind_it_is_and_whether_it_goes_on() {
        String stopped = unique("stopped");
        long head = server.context().getBean(EventStore.class).head();
        reports.report(
                new ProjectionReport(stopped, "two", 1, head + 1_000, "no such account", null, Instant.now()),
                Instant.EPOCH);
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(
                        () -> assertThat(server.get("/actuator/prometheus").text())
                                .contains(
                                        metric("up", name, "one") + " 1.0",
                                        metric("up", stopped, "two") + " 0.0",
                                        metric("lag", stopped, "two") + " 0.0")
                                .contains(metric("lag", name, "one") + " "));

        reports.forget(stopped, "two");
        Awaitility.await()
                .atMost(Duration.ofSeconds(30))
                .untilAsserted(() ->
                        assertThat(server.get("/actuator/prometheus").text()).doesNotContain(stopped));
    }

    private static String metric(String what, String projection, String process) {
        return "tradesense_projection_" + what + "{process=\"" + process + "\",projection=\"" + projection + "\"}";
    }

    @Test
    void an_order_that_makes_no_sense_or_for_a_projection_that_nobody_runs_is_refused_and_not_kept() {
        for (String order : new String[] {
            "/rebuild",
            "/rebuild?rate=0",
            "/rebuild?rate=fast",
            "/rebuild/cancel?rate=1",
            "/pass-over?position=7",
            "/pass-over?reason=x",
            "/pass-over?position=0&reason=x",
            "/pass-over?position=7&reason=%20"
        }) {
            assertThat(server.post(path + order).status()).as(order).isEqualTo(400);
        }
        assertThat(server.post("/api/v1/projections/nobodys/rebuild?rate=1").status())
                .isEqualTo(404);
        assertThat(server.get(path + "/orders").json().get("orders")).isEmpty();
    }
}
