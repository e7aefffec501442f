package ai.tradesense.server;

import static ai.tradesense.server.TestServer.STRUCTURED;
import static ai.tradesense.server.TestServer.unique;
import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.store.ProjectionReports;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.worker.Worker;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Route;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/// What the console shows of workers and instances, and what it can order of them.
@Timeout(180)
class WorkersConsoleTest extends ConsoleInBrowser {
    @Test
    void a_worker_appears_and_can_be_paused_and_resumed() {
        String worker = unique("shown");
        server.tradesense()
                .register(Worker.named(worker)
                        .on("Trading.*", (event, context) -> {})
                        .build());
        Locator row = page.locator("[data-worker=" + worker + "]");
        shown(row.filter(text("Running")));
        button(row, "Pause " + worker).click();
        shown(row.filter(text("Paused")));
        assertThat(server.get("/api/v1/workers/" + worker).json().get("state").asString())
                .isEqualTo("PAUSED");
        button(row, "Resume " + worker).click();
        shown(row.filter(text("Running")));
        server.tradesense().workers().deregister(worker);
        assertThat(row).hasCount(0, new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE_MILLIS));
    }

    private String idle() {
        String worker = unique("shown");
        server.tradesense()
                .register(Worker.named(worker)
                        .on("Trading.*", (event, context) -> {})
                        .startFrom(StartFrom.END)
                        .build());
        return worker;
    }

    private Locator opened(String worker) {
        Locator row = page.locator("[data-worker=" + worker + "]");
        shown(row);
        button(row, worker).click();
        return page.getByRole(AriaRole.DIALOG);
    }

    @Test
    void a_worker_is_drained_and_says_when_nothing_is_at_hand_any_more() throws InterruptedException {
        String worker = unique("drained");
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        server.tradesense()
                .register(Worker.named(worker)
                        .on("Trading.*", (event, context) -> {
                            begun.countDown();
                            mayEnd.await();
                        })
                        .startFrom(StartFrom.END)
                        .build());
        server.publish(STRUCTURED, Samples.order(unique("held"), unique("A")));
        begun.await();
        Locator dialog = opened(worker);

        button(dialog, "Drain").click();

        shown(dialog.getByText("draining: 1 events at hand").first());
        mayEnd.countDown();
        shown(dialog.getByText("drained: nothing is at hand").first());
        assertThat(button(dialog, "Drain")).hasCount(0);
        shown(page.locator("[data-worker=" + worker + "]").filter(text("drained")));
        button(dialog, "Resume").click();
        shown(page.locator("[data-worker=" + worker + "]").filter(text("Running")));
        server.tradesense().workers().deregister(worker);
    }

    @Test
    void concurrency_is_shown_and_changed() {
        String worker = idle();
        Locator dialog = opened(worker);
        shown(dialog.locator("[data-concurrency='32']").filter(text("32 subjects")));
        Locator subjects = dialog.getByLabel("Subjects at a time");

        subjects.fill("0");
        button(dialog, "Change").click();
        assertThat(subjects.evaluate("input => input.validity.rangeUnderflow")).isEqualTo(true);
        subjects.fill("7");
        button(dialog, "Change").click();

        shown(dialog.locator("[data-concurrency='7']").filter(text("7 subjects")));
        assertThat(server.get("/api/v1/workers/" + worker)
                        .json()
                        .get("concurrency")
                        .asInt())
                .isEqualTo(7);
        server.tradesense().workers().deregister(worker);
    }

    private static String breakerOf(String worker) {
        return server.get("/api/v1/workers/" + worker).json().get("breaker").asString();
    }

    @Test
    void a_circuit_breaker_is_opened_and_reset_once_that_is_confirmed() {
        String worker = idle();
        Locator dialog = opened(worker);
        shown(dialog.locator("[data-breaker=CLOSED]"));

        button(dialog, "Open breaker…").click();
        shown(dialog.locator("[data-asked]").filter(text("takes no more events")));
        assertThat(breakerOf(worker)).isEqualTo("CLOSED");
        button(dialog, "Back").click();
        assertThat(dialog.locator("[data-asked]")).hasCount(0);
        button(dialog, "Open breaker…").click();
        button(dialog, "Open it now").click();
        shown(dialog.locator("[data-breaker=FORCED_OPEN]"));
        assertThat(breakerOf(worker)).isEqualTo("FORCED_OPEN");
        shown(page.locator("[data-worker=" + worker + "]").filter(text("Forced open")));

        button(dialog, "Reset breaker…").click();
        button(dialog, "Reset it now").click();
        shown(dialog.locator("[data-breaker=CLOSED]"));
        assertThat(breakerOf(worker)).isEqualTo("CLOSED");
        server.tradesense().workers().deregister(worker);
    }

    @Test
    void stored_events_are_replayed_once_it_was_shown_which() {
        String worker = unique("shown");
        List<String> replayed = new CopyOnWriteArrayList<>();
        server.tradesense()
                .register(Worker.named(worker)
                        .on("Trading.*", (event, context) -> {
                            if (context.isReplay()) {
                                replayed.add(event.id());
                            }
                        })
                        .startFrom(StartFrom.END)
                        .replayable()
                        .build());
        for (int i = 0; i < 3; i++) {
            server.publish(TestServer.STRUCTURED, Samples.order(worker + "#" + i, worker));
        }
        Locator dialog = opened(worker);

        button(dialog, "Replay…").click();
        Locator subject = dialog.getByLabel("Subject", new Locator.GetByLabelOptions().setExact(true));
        subject.fill("nobody-" + worker);
        button(dialog, "Which would that be?").click();
        shown(dialog.getByRole(AriaRole.ALERT).filter(text("selects no event")));
        assertThat(complaints).allMatch(complaint -> complaint.contains("422"));
        complaints.clear();
        subject.fill(worker);
        button(dialog, "Which would that be?").click();
        shown(dialog.locator("[data-replay=preview]").filter(text("3 stored events once more")));
        assertThat(replayed).isEmpty();
        dialog.getByLabel("Reason, for the log").fill("the sum was wrong");
        button(dialog, "Replay now").click();

        shown(dialog.locator("[data-operation]").filter(text("3 of 3 succeeded")));
        assertThat(replayed).containsExactly(worker + "#0", worker + "#1", worker + "#2");
        server.tradesense().workers().deregister(worker);
    }

    @Test
    void instances_show_that_they_live_and_what_they_work_on() {
        String worker = idle();
        String instance = server.get("/api/v1/instances")
                .json()
                .at("/instances/0/instance")
                .asString();
        button(page.locator("ts-workers"), "Instances").click();
        Locator row = page.locator("ts-workers [data-instance=\"" + instance + "\"]");
        shown(row.filter(text("Alive")).filter(text(worker + " Running")));

        button(page.locator("ts-workers"), "Workers").click();
        shown(opened(worker)
                .locator("[data-instance=\"" + instance + "\"]")
                .filter(text("Alive"))
                .filter(text("Running")));
        server.tradesense().workers().deregister(worker);
    }

    @Test
    void projections_show_how_far_they_are_and_why_they_stand_still() {
        String name = unique("balances");
        ProjectionReports reports = server.context().getBean(EventStore.class).projections();
        button(page.locator("ts-workers"), "Projections").click();
        shown(page.getByText("No service has said yet"));
        Instant now = Instant.now();
        ProjectionReport.Rebuild rebuild = new ProjectionReport.Rebuild(3, 2_000, 4_000, 500, null);
        reports.report(new ProjectionReport(name, "one", 2, 0, null, rebuild, now), Instant.EPOCH);
        reports.report(new ProjectionReport(name, "two", 2, 0, "no such account", null, now), Instant.EPOCH);
        reports.report(new ProjectionReport(name, "three", 2, 0, null, null, Instant.EPOCH), Instant.EPOCH);
        Locator rows = page.locator("ts-workers [data-projection=\"" + name + "\"]");
        shown(rows.filter(text("one"))
                .filter(text("Rebuilding"))
                .filter(text("version 3: 2,000 of 4,000, at most 500/s")));
        shown(rows.filter(text("two")).filter(text("Stopped")).filter(text("no such account")));
        shown(rows.filter(text("three")).filter(text("Silent")));

        JsonNode first = server.get("/api/v1/projections").json().at("/projections/0");
        assertThat(first.get("state").asString()).isEqualTo("REBUILDING");
        assertThat(first.get("alive").asBoolean()).isTrue();
        assertThat(first.get("lag").asLong())
                .isEqualTo(server.context().getBean(EventStore.class).head());
        assertThat(first.at("/rebuild/target").asLong()).isEqualTo(4_000);
        List.of("one", "two", "three").forEach(instance -> reports.forget(name, instance));
    }

    @Test
    void a_handler_that_does_not_end_shows_with_its_stack_and_its_worker_can_be_resumed() {
        String worker = idle();
        page.route(
                "**/api/v1/workers",
                route -> { // as it answers when one has run for more than a minute
                    ObjectNode answer =
                            (ObjectNode) server.get("/api/v1/workers").json();
                    for (JsonNode each : answer.get("workers")) {
                        if (each.get("name").asString().equals(worker)) {
                            ((ObjectNode) each)
                                    .put("state", "STALLED")
                                    .put("reason", "1 handlers have been running for long, and paused by an operator")
                                    .put("paused", true);
                            ((ArrayNode) each.get("stuck"))
                                    .addObject()
                                    .put("task", "Trading.Order.Placed.v1 of acc-7")
                                    .put("key", "Trading/acc-7")
                                    .put("since", Instant.now().minusSeconds(90).toString())
                                    .putArray("stack")
                                    .add("java.net.Socket.read(Socket.java:1)")
                                    .add("ai.tradesense.Ledger.book(Ledger.java:7)");
                        }
                    }
                    route.fulfill(new Route.FulfillOptions()
                            .setContentType("application/json")
                            .setBody(answer.toString()));
                });
        Locator row = page.locator("[data-worker=" + worker + "]");
        shown(row.filter(text("Stalled")).filter(text("and paused by an operator")));
        shown(button(row, "Resume " + worker));
        Locator stuck = opened(worker).locator("[data-stuck='Trading/acc-7']");
        shown(stuck.filter(text("1 min")));
        assertThat(stuck.locator("pre")).isHidden();

        stuck.getByText("Stack").click();

        shown(stuck.getByText("ai.tradesense.Ledger.book(Ledger.java:7)"));
        shown(button(page.getByRole(AriaRole.DIALOG), "Resume"));
        server.tradesense().workers().deregister(worker);
    }
}
