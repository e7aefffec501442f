package ai.tradesense.desk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.Limits;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.catalog.evaluation.EvaluationStatus;
import ai.tradesense.events.EventType;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.worker.WorkerStatus;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(value = 5, unit = TimeUnit.MINUTES)
class TradingDeskTest {
    /// Real prices, where they are at hand.
    private static final Path REAL_PRICES = Path.of("../../../shared/data/eurusd-h1.csv");

    private static final DeskSettings MADE_UP = DeskSettings.generated(42, DeskSettings.DEFAULT_BARS);
    private static final DeskSettings SHORT = DeskSettings.generated(7, 240).withAccounts(7);

    private static DeskSettings realOrMadeUp() {
        return Files.exists(REAL_PRICES) ? DeskSettings.of(REAL_PRICES) : DeskSettings.generated(43, 5_000);
    }

    @Test
    void every_type_of_the_catalog_occurs_in_the_default_run() throws InterruptedException {
        DeskResult result = run(MADE_UP, 32);
        assertThat(result.events().keySet())
                .containsExactlyElementsOf(EventCatalog.standard().types().stream()
                        .map(EventType::name)
                        .toList());
        assertThat(result.accounts())
                .extracting(AccountSummary::status)
                .contains(EvaluationStatus.FUNDED, EvaluationStatus.FAILED, EvaluationStatus.EVALUATION);
    }

    @Test
    void every_type_occurs_on_real_prices_too_and_the_result_does_not_depend_on_threads() throws InterruptedException {
        DeskSettings settings = realOrMadeUp();
        DeskResult one = run(settings, 1);
        DeskResult many = run(settings.withRun("another-run"), 64);

        assertThat(one.events()).hasSize(30);
        assertThat(many.json()).isEqualTo(one.json());
        assertThat(many.table()).isEqualTo(one.table());
    }

    @Test
    void another_seed_gives_another_result() throws InterruptedException {
        assertThat(run(SHORT.withSeed(8), 8).json()).isNotEqualTo(run(SHORT, 8).json());
    }

    @Test
    void small_limits_change_nothing() throws InterruptedException {
        DeskResult expected = run(SHORT, 32);
        try (TradeSense platform = TradeSense.builder()
                .registry(EventCatalog.standard())
                .limits(new Limits(256 * 1024, 3, 8, 2, 1_000))
                .build()) {
            assertThat(run(platform, SHORT, 2)).isEqualTo(expected);
        }
    }

    @Test
    void a_transport_that_fails_now_and_then_changes_nothing() throws InterruptedException {
        DeskResult expected = run(SHORT, 32);
        try (UnreliableTransport transport = new UnreliableTransport(400);
                TradeSense platform = TradeSense.builder()
                        .registry(EventCatalog.standard())
                        .transport(transport)
                        .parking(new MemoryParkingStore())
                        .build()) {
            assertThat(run(platform, SHORT, 32)).isEqualTo(expected);
            assertThat(transport.failures()).isGreaterThan(1);
        }
    }

    @Test
    void the_numbers_of_an_account_add_up() throws InterruptedException {
        DeskResult result = run(SHORT.withAccounts(10), 32);
        for (AccountSummary account : result.accounts()) {
            assertThat(account.equity()).as("flat in the end").isEqualByComparingTo(account.balance());
            assertThat(account.positionsClosed()).isEqualTo(account.positionsOpened());
            assertThat(account.ordersPlaced()).isEqualTo(account.ordersFilled() + account.ordersCancelled());
            assertThat(account.trades()).isEqualTo(account.ordersFilled());
        }
        assertThat(result.events().get("Trading.PnL.Updated.v1"))
                .as("every valuation is answered")
                .isEqualTo(result.events().get("Risk.Score.Updated.v1"));
        assertThat(result.events().get("Auth.User.LoggedIn.v1"))
                .isEqualTo(result.events().getOrDefault("Auth.User.LoggedOut.v1", 0)
                        + result.events().getOrDefault("Auth.Session.Expired.v1", 0));
    }

    @Test
    void exactly_the_dead_letter_that_is_shown_on_purpose_is_there_and_the_retried_mail_went_out()
            throws InterruptedException {
        try (TradeSense platform = platform();
                TradingDesk desk = TradingDesk.start(platform, SHORT)) {
            desk.await();
            await().untilAsserted(() -> {
                assertThat(platform.workers().workers())
                        .allSatisfy(worker -> assertThat(worker.lag() + worker.inFlight() + worker.parked())
                                .as(worker.name())
                                .isZero());
                WorkerStatus mails =
                        platform.workers().worker("desk-notifications").orElseThrow();
                assertThat(mails.failed()).as("one refused, one busy").isEqualTo(2);
            });
            List<ParkedEvent> dead = platform.parking().deadLetters(new DeadLetterQuery(null, null, null, null, 100));
            assertThat(dead).singleElement().satisfies(letter -> {
                assertThat(letter.worker()).isEqualTo("desk-notifications");
                assertThat(letter.key().subject()).isEqualTo("desk-U001");
                assertThat(letter.failures().getLast().message())
                        .isEqualTo("the mail gateway refuses the address ada.abebe001@example.com");
            });
        }
    }

    @Test
    void without_failures_there_is_no_dead_letter_and_the_result_is_the_same() throws InterruptedException {
        DeskResult expected = run(SHORT, 32);
        try (TradeSense platform = platform();
                TradingDesk desk = TradingDesk.start(platform, SHORT.withoutFailures())) {
            assertThat(desk.await()).isEqualTo(expected);
            await().untilAsserted(() -> assertThat(
                            platform.workers().worker("desk-notifications").orElseThrow())
                    .satisfies(mails -> {
                        assertThat(mails.lag() + mails.inFlight() + mails.parked())
                                .isZero();
                        assertThat(mails.failed()).isZero();
                    }));
            assertThat(platform.parking().deadLetters(new DeadLetterQuery(null, null, null, null, 100)))
                    .isEmpty();
        }
    }

    @Test
    void a_run_after_one_that_was_abandoned_on_the_same_log_has_the_result_of_a_fresh_one()
            throws InterruptedException {
        DeskResult expected = run(SHORT, 32);
        try (TradeSense platform = platform()) {
            try (TradingDesk abandoned = TradingDesk.start(platform, SHORT.withRun("first"))) {
                await().until(() -> abandoned.barsDone() >= 50);
            }
            assertThat(platform.workers().workers()).isEmpty();
            assertThat(run(platform, SHORT.withRun("second"), 32)).isEqualTo(expected);
        }
    }

    @Test
    void one_desk_runs_on_a_platform_at_a_time_and_a_second_one_disturbs_nothing() throws InterruptedException {
        try (TradeSense platform = platform();
                TradingDesk desk = TradingDesk.start(platform, SHORT.withSpeed("1000"))) {
            assertThatThrownBy(() -> TradingDesk.start(platform, SHORT.withRun("second")))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThat(desk.await()).isEqualTo(run(SHORT, 32));
            assertThat(desk.result()).isPresent();
            assertThat(desk.barsDone()).isEqualTo(desk.barsTotal()).isEqualTo(240);
        }
    }

    @Test
    void a_desk_that_is_closed_before_its_end_says_how_far_it_came() throws InterruptedException {
        try (TradeSense platform = platform()) {
            TradingDesk desk = TradingDesk.start(platform, SHORT.withSpeed("0.001"));
            await().until(() -> desk.barsDone() == 1);
            assertThat(desk.result()).isEmpty();
            desk.close();
            desk.close();
            assertThat(desk.result()).isEmpty();
            assertThatThrownBy(desk::await)
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("the desk was closed after 1 of 240 bars");
        }
    }

    @Test
    void traders_are_told_what_concerns_them() throws InterruptedException {
        try (TradeSense platform = platform();
                TradingDesk desk = TradingDesk.start(platform, MADE_UP)) {
            DeskResult result = desk.await();
            int failed = result.accounts().stream()
                    .map(AccountSummary::status)
                    .toList()
                    .indexOf(EvaluationStatus.FAILED);
            await().untilAsserted(() -> assertThat(desk.messages(failed))
                    .anySatisfy(message -> assertThat(message).contains("The challenge ended: ")));
        }
    }

    private static DeskResult run(DeskSettings settings, int concurrency) throws InterruptedException {
        try (TradeSense platform = platform()) {
            return run(platform, settings, concurrency);
        }
    }

    private static DeskResult run(TradeSense platform, DeskSettings settings, int concurrency)
            throws InterruptedException {
        try (TradingDesk desk = TradingDesk.start(platform, settings, concurrency)) {
            return desk.await();
        }
    }

    private static TradeSense platform() {
        return TradeSense.builder()
                .source("/trading-desk")
                .registry(EventCatalog.standard())
                .build();
    }
}
