package ai.tradesense.desk.firm;

import static ai.tradesense.catalog.trading.ValuationKind.DAY_OPEN;
import static ai.tradesense.catalog.trading.ValuationKind.FINAL;
import static ai.tradesense.catalog.trading.ValuationKind.INTRADAY;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.catalog.challenge.ChallengeCompleted;
import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.challenge.ChallengeRule;
import ai.tradesense.catalog.challenge.MetricsPeriod;
import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.challenge.PhaseAdvanced;
import ai.tradesense.catalog.challenge.PhaseCompleted;
import ai.tradesense.events.EventData;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ChallengeJudgeTest {
    private final Day day = new Day();
    private final ChallengeJudge judge = new ChallengeJudge(Day.MEMBER);

    @Test
    void nothing_is_said_within_a_day_and_metrics_when_it_is_over() {
        open("100000");
        judge.watch(day.trade());
        judge.watch(day.closed("120.00"));
        judge.watch(day.closed("-20.00"));
        assertThat(judge.answer(day.value(INTRADAY, "99000"))).isEmpty();

        List<EventData> answer = open("100100");

        assertThat(answer).hasSize(1);
        MetricsUpdated metrics = metrics(answer);
        assertThat(metrics.period()).isEqualTo(MetricsPeriod.DAILY);
        assertThat(metrics.phase()).isEqualTo(ChallengePhase.PHASE_1);
        assertThat(metrics.profit()).isEqualByComparingTo("100");
        assertThat(metrics.profitPercent()).isEqualByComparingTo("0.1");
        assertThat(metrics.worstDailyLoss()).isEqualByComparingTo("1");
        assertThat(metrics.worstOverallLoss()).isEqualByComparingTo("1");
        assertThat(metrics.tradingDays()).isEqualTo(1);
        assertThat(metrics.closedPositions()).isEqualTo(2);
        assertThat(metrics.profitablePositions()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource({"95000.01, false", "95000.00, true", "94000, true"})
    void a_daily_loss_of_five_percent_fails_the_challenge_even_if_it_was_made_good(String lowest, boolean fails) {
        open("100000");
        judge.answer(day.value(INTRADAY, lowest));
        judge.answer(day.value(INTRADAY, "101000"));

        List<EventData> answer = open("101000");

        assertThat(answer.stream().anyMatch(ChallengeFailed.class::isInstance)).isEqualTo(fails);
        if (fails) {
            ChallengeFailed failed = (ChallengeFailed) answer.getFirst();
            assertThat(failed.rule()).isEqualTo(ChallengeRule.DAILY_LOSS);
            assertThat(failed.threshold()).isEqualByComparingTo("5");
            assertThat(failed.userId()).isEqualTo(Day.MEMBER.userId());
        }
        assertThat(answer.getLast()).isInstanceOf(MetricsUpdated.class);
    }

    @Test
    void the_daily_loss_counts_from_the_equity_at_the_start_of_the_day() {
        open("100000");
        open("110000");
        judge.answer(day.value(INTRADAY, "104600")); // 4.9 percent of 110,000
        assertThat(open("104600")).hasSize(1);
        judge.answer(day.value(INTRADAY, "99300")); // 5.07 percent of 104,600
        assertThat(open("99300").getFirst()).isInstanceOf(ChallengeFailed.class);
    }

    @ParameterizedTest
    @CsvSource({"90000.01, false", "90000.00, true"})
    void an_overall_loss_of_ten_percent_fails_the_challenge(String equity, boolean fails) {
        open("100000");
        open("96000");
        open("93000");

        List<EventData> answer = open(equity);

        assertThat(answer).hasSize(fails ? 2 : 1);
        if (fails) {
            assertThat(((ChallengeFailed) answer.getFirst()).rule()).isEqualTo(ChallengeRule.OVERALL_LOSS);
        }
    }

    @Test
    void the_profit_target_needs_the_minimum_of_trading_days() {
        open("100000");
        for (int tradingDay = 1; tradingDay <= 3; tradingDay++) {
            judge.watch(day.trade());
            assertThat(open("108000")).as("day %d", tradingDay).hasSize(1);
        }
        assertThat(open("108000")).as("a day without a trade").hasSize(1);
        judge.watch(day.trade());

        List<EventData> answer = open("108000");

        assertThat(answer).hasSize(3);
        PhaseCompleted completed = (PhaseCompleted) answer.getFirst();
        assertThat(completed.phase()).isEqualTo(ChallengePhase.PHASE_1);
        assertThat(completed.profit()).isEqualByComparingTo("8000");
        assertThat(completed.tradingDays()).isEqualTo(4);
        PhaseAdvanced advanced = (PhaseAdvanced) answer.get(1);
        assertThat(advanced.toPhase()).isEqualTo(ChallengePhase.PHASE_2);
        assertThat(metrics(answer).phase()).isEqualTo(ChallengePhase.PHASE_1);
    }

    @Test
    void a_profit_just_below_the_target_is_none() {
        open("100000");
        for (int tradingDay = 1; tradingDay <= 5; tradingDay++) {
            judge.watch(day.trade());
            assertThat(open("107999.94")).hasSize(1);
        }
    }

    @Test
    void both_phases_passed_complete_the_challenge_and_count_from_where_each_began() {
        open("100000");
        tradeUntilAdvanced("108000");

        assertThat(trade("113399")).as("4.999 percent of 108,000").hasSize(1);
        List<EventData> answer = List.of();
        for (int i = 0; i < 3; i++) {
            answer = trade("113400");
        }

        assertThat(answer)
                .hasSize(4)
                .element(0)
                .isInstanceOfSatisfying(
                        PhaseCompleted.class,
                        completed -> assertThat(completed.profit()).isEqualByComparingTo("5400"));
        assertThat(answer).element(1).isInstanceOfSatisfying(ChallengeCompleted.class, completed -> {
            assertThat(completed.profit()).isEqualByComparingTo("13400");
            assertThat(completed.tradingDays()).isEqualTo(8);
        });
        assertThat(answer)
                .element(2)
                .isInstanceOfSatisfying(
                        PhaseAdvanced.class,
                        advanced -> assertThat(advanced.toPhase()).isEqualTo(ChallengePhase.FUNDED));
    }

    @Test
    void a_funded_account_has_no_target_but_can_still_fail() {
        open("100000");
        tradeUntilAdvanced("108000");
        tradeUntilAdvanced("113400");
        for (int i = 0; i < 6; i++) {
            assertThat(trade("200000")).hasSize(1);
        }
        judge.answer(day.value(INTRADAY, "150000"));

        ChallengeFailed failed = (ChallengeFailed) open("199000").getFirst();

        assertThat(failed.phase()).isEqualTo(ChallengePhase.FUNDED);
    }

    @Test
    void after_a_failure_there_are_metrics_and_no_further_verdict() {
        open("100000");
        assertThat(open("80000")).hasSize(2);
        assertThat(open("60000")).hasSize(1);
        List<EventData> last = judge.answer(day.value(FINAL, "60000"));
        assertThat(last).hasSize(1);
        assertThat(metrics(last).period()).isEqualTo(MetricsPeriod.FINAL);
    }

    @Test
    void the_last_valuation_ends_a_day_too() {
        open("100000");
        List<EventData> answer = judge.answer(day.value(FINAL, "89000"));
        assertThat(answer.getFirst()).isInstanceOf(ChallengeFailed.class);
        assertThat(metrics(answer).period()).isEqualTo(MetricsPeriod.FINAL);
    }

    @Test
    void what_is_told_twice_counts_once_and_what_is_asked_twice_is_answered_the_same() {
        open("100000");
        var trade = day.trade();
        var closed = day.closed("10.00");
        judge.watch(trade);
        judge.watch(closed);
        var first = day.value(DAY_OPEN, "101000");
        List<EventData> answer = judge.answer(first);
        judge.watch(trade);
        judge.watch(closed);

        assertThat(judge.answer(first)).isEqualTo(answer);
        MetricsUpdated metrics = metrics(open("101000"));
        assertThat(metrics.tradingDays()).isEqualTo(1);
        assertThat(metrics.closedPositions()).isEqualTo(1);
        assertThat(judge.answer(first)).as("long since answered").isEmpty();
    }

    private List<EventData> open(String equity) {
        return judge.answer(day.value(DAY_OPEN, equity));
    }

    private List<EventData> trade(String equity) {
        judge.watch(day.trade());
        return open(equity);
    }

    private void tradeUntilAdvanced(String equity) {
        for (int i = 0; i < ChallengeRules.MINIMUM_TRADING_DAYS - 1; i++) {
            assertThat(trade(equity)).hasSize(1);
        }
        assertThat(trade(equity)).hasAtLeastOneElementOfType(PhaseAdvanced.class);
    }

    private static MetricsUpdated metrics(List<EventData> answer) {
        return (MetricsUpdated) answer.getLast();
    }
}
