package ai.tradesense.server;

import static ai.tradesense.server.TestServer.unique;
import static com.microsoft.playwright.assertions.PlaywrightAssertions.assertThat;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.Progress;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.options.AriaRole;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Going through more dead letters than fit a page, and mending many of them.
@Timeout(180)
class DeadLettersConsoleTest extends ConsoleInBrowser {
    private static final String ALERT = "Risk.Alert.Triggered.v1";

    /// Dead letters of a worker that is not here any more.
    private static void bury(String worker, String type, int count) {
        Instant now = Instant.now();
        Failure failure = new Failure(1, now, "java.lang.IllegalStateException", "no account", "", "c0ffee");
        List<ParkingChange> changes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            String json = Samples.order(unique("buried"), unique("A")).replace(Samples.TYPE, type);
            DomainEvent event = DomainEvent.of(CloudEventJson.read(json.getBytes(UTF_8)));
            changes.add(new ParkingChange.Park(new ParkedEvent(
                    0,
                    worker + "_group",
                    worker,
                    event.orderKey(),
                    event.source().toString(),
                    event.id(),
                    event,
                    null,
                    null,
                    Progress.given(Progress.State.DEAD, 1, now, Followers.RELEASE),
                    now,
                    List.of(failure))));
        }
        server.context().getBean(ParkingStore.class).apply(changes);
    }

    /// The ids of a worker's dead letters, newest first.
    private static List<String> ids(String worker) {
        return server.get("/api/v1/dead-letters?limit=1000&worker=" + worker)
                .json()
                .get("deadLetters")
                .valueStream()
                .map(letter -> letter.get("id").asString())
                .toList();
    }

    private void filter(String label, String value) {
        page.getByLabel(label).fill(value);
    }

    private void shows(List<String> ids) {
        Locator letters = page.locator("[data-letter]");
        assertThat(letters).hasCount(ids.size(), new LocatorAssertions.HasCountOptions().setTimeout(PATIENCE_MILLIS));
        assertThat(letters.first())
                .hasAttribute(
                        "data-letter",
                        ids.getFirst(),
                        new LocatorAssertions.HasAttributeOptions().setTimeout(PATIENCE_MILLIS));
        assertThat(letters.evaluateAll("letters => letters.map(letter => letter.dataset.letter)"))
                .isEqualTo(ids);
    }

    @Test
    void many_are_gone_through_page_by_page_and_a_page_stands_still_while_others_come() {
        String worker = unique("gone");
        bury(worker, Samples.TYPE, 120);
        List<String> ids = ids(worker);
        Locator letters = page.locator("ts-dead-letters");
        filter("Worker of dead letters", worker);
        shows(ids.subList(0, 50));

        button(letters, "Older").click();
        shows(ids.subList(50, 100));
        page.waitForResponse(
                answer -> answer.url().contains("before=" + ids.get(49)), () -> bury(worker, Samples.TYPE, 7));
        shown(letters.getByText("Page 2"));
        shows(ids.subList(50, 100));
        button(letters, "Older").click();
        shows(ids.subList(100, 120));
        assertThat(button(letters, "Older")).isDisabled();

        button(letters, "Newer").click();
        button(letters, "Newer").click();
        shows(ids(worker).subList(0, 50));
        assertThat(button(letters, "Newer")).isDisabled();
    }

    @Test
    void all_that_match_are_mended_together_and_a_pattern_that_cannot_match_is_refused() {
        String worker = unique("gone");
        bury(worker, ALERT, 3);
        List<String> alerts = ids(worker);
        bury(worker, Samples.TYPE, 60);
        filter("Worker of dead letters", worker);
        filter("Type of dead letters", "Risk.*.V1");
        shown(page.getByRole(AriaRole.ALERT).filter(text("Risk.*.V1")));
        filter("Type of dead letters", "Risk.*");
        shows(alerts);

        mend("Discard", "would change 3 of 3 dead letters");
        assertThat(ids(worker)).hasSize(60).doesNotContainAnyElementsOf(alerts);
        shown(page.getByText("None that match."));
        button(page.locator("ts-dead-letters"), "Discarded").click();
        shows(alerts);
        mend("Restore", "would change 3 of 3 dead letters");
        assertThat(ids(worker)).hasSize(63).containsAll(alerts);
        assertThat(complaints).allMatch(complaint -> complaint.contains("400")); // the page may have asked twice
        complaints.clear();
    }

    private void mend(String kind, String preview) {
        button(page.locator("ts-dead-letters"), "Mend all that match…").click();
        Locator dialog = page.getByRole(AriaRole.DIALOG);
        button(dialog, kind + "…").click();
        shown(dialog.locator("[data-preview]").filter(text(preview)));
        button(dialog, kind + " now").click();
        shown(dialog.getByRole(AriaRole.STATUS).filter(text("Completed")));
        page.keyboard().press("Escape");
    }
}
