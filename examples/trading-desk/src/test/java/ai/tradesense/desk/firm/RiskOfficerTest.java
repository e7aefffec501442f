package ai.tradesense.desk.firm;

import static ai.tradesense.catalog.trading.ValuationKind.DAY_OPEN;
import static ai.tradesense.catalog.trading.ValuationKind.INTRADAY;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.risk.AlertSeverity;
import ai.tradesense.catalog.risk.AlertTriggered;
import ai.tradesense.catalog.risk.LimitBreached;
import ai.tradesense.catalog.risk.LimitKind;
import ai.tradesense.catalog.risk.ProfileModified;
import ai.tradesense.catalog.risk.RiskLevel;
import ai.tradesense.catalog.risk.ScoreUpdated;
import ai.tradesense.catalog.risk.TradingHalted;
import ai.tradesense.catalog.risk.TradingResumed;
import ai.tradesense.events.EventData;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RiskOfficerTest {
    private final Day day = new Day();
    private final RiskOfficer officer = new RiskOfficer(Day.MEMBER.accountId());

    @Test
    void every_valuation_is_answered_and_the_score_comes_last() {
        List<EventData> first = officer.answer(day.value(DAY_OPEN, "100000"));
        assertThat(first).hasExactlyElementsOfTypes(ProfileModified.class, ScoreUpdated.class);
        ProfileModified profile = (ProfileModified) first.getFirst();
        assertThat(profile.profile()).isEqualTo("phase-1");
        assertThat(profile.previousProfile()).isNull();

        List<EventData> second = officer.answer(day.value(INTRADAY, "99000"));
        ScoreUpdated score = (ScoreUpdated) second.getLast();
        assertThat(second).hasSize(1);
        assertThat(score.sequence()).isEqualTo(2);
        assertThat(score.dailyLoss()).isEqualByComparingTo("1");
        assertThat(score.score()).isEqualTo(25);
        assertThat(score.level()).isEqualTo(RiskLevel.MODERATE);
    }

    @ParameterizedTest
    @CsvSource({"99040.00, 24, LOW", "99000.00, 25, MODERATE", "98000.00, 50, HIGH", "96800.00, 80, CRITICAL"})
    void the_score_is_the_share_of_the_daily_limit_that_is_used_up(String equity, int score, RiskLevel level) {
        officer.answer(day.value(DAY_OPEN, "100000"));
        ScoreUpdated updated = (ScoreUpdated) value(equity).getLast();
        assertThat(updated.score()).isEqualTo(score);
        assertThat(updated.level()).isEqualTo(level);
    }

    @Test
    void an_alert_is_given_once_for_each_level_a_day() {
        officer.answer(day.value(DAY_OPEN, "100000"));
        assertThat(alerts(value("97900"))).containsExactly(AlertSeverity.WARNING);
        assertThat(alerts(value("97800"))).isEmpty();
        assertThat(alerts(value("96700"))).containsExactly(AlertSeverity.CRITICAL);
        assertThat(alerts(value("99900"))).isEmpty();
        assertThat(alerts(value("97900"))).isEmpty();
        officer.answer(day.value(DAY_OPEN, "100000"));
        assertThat(alerts(value("97900"))).containsExactly(AlertSeverity.WARNING);
    }

    @Test
    void a_daily_loss_halts_trading_once_and_the_next_day_resumes_it() {
        officer.answer(day.value(DAY_OPEN, "100000"));

        List<EventData> halted = value("95900");
        assertThat(halted)
                .hasExactlyElementsOfTypes(
                        LimitBreached.class, TradingHalted.class, AlertTriggered.class, ScoreUpdated.class);
        assertThat(((LimitBreached) halted.getFirst()).limit()).isEqualTo(LimitKind.DAILY_LOSS);
        assertThat(((ScoreUpdated) halted.getLast()).score()).isEqualTo(100);
        assertThat(value("95000")).hasExactlyElementsOfTypes(ScoreUpdated.class);

        List<EventData> resumed = officer.answer(day.value(DAY_OPEN, "95000"));
        assertThat(resumed.getFirst())
                .isInstanceOfSatisfying(
                        TradingResumed.class,
                        event -> assertThat(event.haltedAt()).isEqualTo(((TradingHalted) halted.get(1)).haltedAt()));
        assertThat(officer.answer(day.value(DAY_OPEN, "95000"))).doesNotHaveAnyElementsOfTypes(TradingResumed.class);
    }

    @Test
    void an_overall_loss_halts_trading_for_good() {
        officer.answer(day.value(DAY_OPEN, "100000"));
        officer.answer(day.value(DAY_OPEN, "97000"));
        officer.answer(day.value(DAY_OPEN, "94000"));
        officer.answer(day.value(DAY_OPEN, "91000"));

        List<EventData> halted = value("90000");

        assertThat(halted).hasAtLeastOneElementOfType(TradingHalted.class);
        assertThat(((LimitBreached) halted.getFirst()).limit()).isEqualTo(LimitKind.OVERALL_LOSS);
        assertThat(officer.answer(day.value(DAY_OPEN, "90000"))).doesNotHaveAnyElementsOfTypes(TradingResumed.class);
        assertThat(officer.answer(day.value(DAY_OPEN, "95000"))).doesNotHaveAnyElementsOfTypes(TradingResumed.class);
    }

    @Test
    void an_overall_loss_on_a_day_already_halted_keeps_it_from_being_resumed() {
        officer.answer(day.value(DAY_OPEN, "100000"));
        assertThat(value("95000")).hasAtLeastOneElementOfType(TradingHalted.class);
        List<EventData> worse = value("89000");
        assertThat(worse)
                .hasAtLeastOneElementOfType(LimitBreached.class)
                .doesNotHaveAnyElementsOfTypes(TradingHalted.class);
        assertThat(officer.answer(day.value(DAY_OPEN, "89000"))).doesNotHaveAnyElementsOfTypes(TradingResumed.class);
    }

    @Test
    void too_large_a_position_is_reported_once_until_it_is_smaller_and_halts_nothing() {
        officer.answer(day.value(DAY_OPEN, "100000"));
        day.exposure("12.00");
        assertThat(value("100000")).hasExactlyElementsOfTypes(AlertTriggered.class, ScoreUpdated.class);
        day.exposure("12.01");
        List<EventData> breached = value("100000");
        assertThat(breached).hasExactlyElementsOfTypes(LimitBreached.class, AlertTriggered.class, ScoreUpdated.class);
        assertThat(((LimitBreached) breached.getFirst()).limit()).isEqualTo(LimitKind.EXPOSURE);
        assertThat(value("100000")).hasExactlyElementsOfTypes(ScoreUpdated.class);
        day.exposure("1.00");
        value("100000");
        day.exposure("13.00");
        assertThat(value("100000")).hasAtLeastOneElementOfType(LimitBreached.class);
    }

    @Test
    void another_phase_brings_another_profile_and_a_new_start_for_the_overall_loss() {
        officer.answer(day.value(DAY_OPEN, "100000"));
        officer.answer(day.value(DAY_OPEN, "120000"));
        day.phase(ChallengePhase.PHASE_2);

        List<EventData> answer = officer.answer(day.value(DAY_OPEN, "120000"));

        ProfileModified modified = (ProfileModified) answer.getFirst();
        assertThat(modified.previousProfile()).isEqualTo("phase-1");
        assertThat(modified.profile()).isEqualTo("phase-2");
        assertThat(((ScoreUpdated) officer.answer(day.value(DAY_OPEN, "114000")).getLast()).overallLoss())
                .isEqualByComparingTo("5");
    }

    @Test
    void an_account_with_nothing_left_is_at_full_risk_and_breaks_no_arithmetic() {
        officer.answer(day.value(DAY_OPEN, "100000"));
        officer.answer(day.value(DAY_OPEN, "-5000"));
        ScoreUpdated score =
                (ScoreUpdated) officer.answer(day.value(INTRADAY, "-6000")).getLast();
        assertThat(score.score()).isEqualTo(100);
        assertThat(score.dailyLoss()).isEqualByComparingTo("100");
    }

    @Test
    void what_is_asked_twice_is_answered_the_same() {
        officer.answer(day.value(DAY_OPEN, "100000"));
        var valuation = day.value(INTRADAY, "95000");
        List<EventData> answer = officer.answer(valuation);
        assertThat(answer).hasSize(4);
        assertThat(officer.answer(valuation)).isEqualTo(answer);
        value("95000");
        assertThat(officer.answer(valuation)).as("long since answered").isEmpty();
    }

    private List<EventData> value(String equity) {
        return officer.answer(day.value(INTRADAY, equity));
    }

    private static List<AlertSeverity> alerts(List<EventData> answer) {
        return answer.stream()
                .filter(AlertTriggered.class::isInstance)
                .map(alert -> ((AlertTriggered) alert).severity())
                .toList();
    }
}
