package ai.tradesense.desk.firm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.challenge.ChallengeRule;
import ai.tradesense.catalog.challenge.ChallengeStarted;
import ai.tradesense.catalog.challenge.MetricsPeriod;
import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.challenge.PhaseAdvanced;
import ai.tradesense.catalog.challenge.PhaseCompleted;
import ai.tradesense.catalog.evaluation.EvaluationMetric;
import ai.tradesense.catalog.evaluation.EvaluationStatus;
import ai.tradesense.catalog.evaluation.MetricCalculated;
import ai.tradesense.catalog.evaluation.ReportGenerated;
import ai.tradesense.catalog.evaluation.ReportKind;
import ai.tradesense.catalog.evaluation.RuleViolated;
import ai.tradesense.catalog.evaluation.StatusChanged;
import ai.tradesense.events.EventData;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class EvaluatorTest {
    private static final Member MEMBER = Member.of("test", 0);
    private static final Instant AT = Instant.parse("2017-04-19T00:00:00Z");

    private final Evaluator evaluator = new Evaluator(MEMBER);

    @Test
    void the_status_follows_the_challenge() {
        assertThat(evaluator.status()).isNull();
        assertThat(evaluator.answer(started()))
                .containsExactly(new StatusChanged(
                        MEMBER.challengeId(), MEMBER.accountId(), null, EvaluationStatus.EVALUATION, AT));
        evaluator.answer(advanced(ChallengePhase.PHASE_1, ChallengePhase.PHASE_2));
        assertThat(evaluator.status()).isEqualTo(EvaluationStatus.VERIFICATION);
        assertThat(evaluator.answer(advanced(ChallengePhase.PHASE_2, ChallengePhase.FUNDED)))
                .containsExactly(new StatusChanged(
                        MEMBER.challengeId(),
                        MEMBER.accountId(),
                        EvaluationStatus.VERIFICATION,
                        EvaluationStatus.FUNDED,
                        AT));
    }

    @Test
    void a_failure_names_the_rule_and_then_the_status() {
        evaluator.answer(started());
        List<EventData> answer = evaluator.answer(new ChallengeFailed(
                MEMBER.challengeId(),
                MEMBER.accountId(),
                MEMBER.userId(),
                ChallengePhase.PHASE_1,
                ChallengeRule.DAILY_LOSS,
                new BigDecimal("5"),
                new BigDecimal("5.1"),
                AT));
        assertThat(answer).hasExactlyElementsOfTypes(RuleViolated.class, StatusChanged.class);
        assertThat(evaluator.status()).isEqualTo(EvaluationStatus.FAILED);
    }

    @Test
    void figures_are_calculated_and_only_new_ones_are_news() {
        List<EventData> answer = evaluator.answer(metrics(MetricsPeriod.DAILY, "3", "1.5", 2, 4, 3));
        assertThat(answer)
                .extracting(
                        event -> ((MetricCalculated) event).metric(),
                        event -> ((MetricCalculated) event)
                                .value()
                                .stripTrailingZeros()
                                .toPlainString())
                .containsExactly(
                        tuple(EvaluationMetric.WIN_RATE, "75"),
                        tuple(EvaluationMetric.PROFIT_PER_DAY, "1.5"),
                        tuple(EvaluationMetric.RETURN_OVER_DRAWDOWN, "2"));

        assertThat(evaluator.answer(metrics(MetricsPeriod.DAILY, "3", "1.5", 2, 4, 3)))
                .isEmpty();
        assertThat(evaluator.answer(metrics(MetricsPeriod.DAILY, "3", "1.5", 3, 4, 3)))
                .hasSize(1);
    }

    @Test
    void without_trades_there_are_no_figures() {
        assertThat(evaluator.answer(metrics(MetricsPeriod.DAILY, "0", "0", 0, 0, 0)))
                .isEmpty();
    }

    @Test
    void a_completed_phase_is_reported_with_the_metrics_of_its_last_day_and_the_challenge_at_its_end() {
        evaluator.answer(new PhaseCompleted(
                MEMBER.challengeId(), MEMBER.accountId(), ChallengePhase.PHASE_1, new BigDecimal("8000"), 4, AT));
        ReportGenerated phase = report(evaluator.answer(metrics(MetricsPeriod.DAILY, "8", "0", 4, 10, 7)));
        assertThat(phase.kind()).isEqualTo(ReportKind.PHASE);
        assertThat(phase.winRate()).isEqualByComparingTo("70");

        ReportGenerated last = report(evaluator.answer(metrics(MetricsPeriod.FINAL, "8", "0", 4, 0, 0)));
        assertThat(last.kind()).isEqualTo(ReportKind.FINAL);
        assertThat(last.winRate()).isZero();
        assertThat(last.reportId()).isNotEqualTo(phase.reportId());
    }

    private static ReportGenerated report(List<EventData> answer) {
        return (ReportGenerated) answer.getLast();
    }

    private static ChallengeStarted started() {
        return new ChallengeStarted(
                MEMBER.challengeId(),
                MEMBER.accountId(),
                MEMBER.userId(),
                "USD",
                ChallengeRules.STARTING_BALANCE,
                ChallengeRules.PHASE_1_TARGET,
                ChallengeRules.DAILY_LOSS,
                ChallengeRules.OVERALL_LOSS,
                ChallengeRules.MINIMUM_TRADING_DAYS,
                AT);
    }

    private static PhaseAdvanced advanced(ChallengePhase from, ChallengePhase to) {
        return new PhaseAdvanced(MEMBER.challengeId(), MEMBER.accountId(), MEMBER.userId(), from, to, AT);
    }

    private static MetricsUpdated metrics(
            MetricsPeriod period, String profitPercent, String worstLoss, int days, int closed, int profitable) {
        return new MetricsUpdated(
                MEMBER.challengeId(),
                MEMBER.accountId(),
                1,
                period,
                ChallengePhase.PHASE_1,
                new BigDecimal(profitPercent).movePointRight(3),
                new BigDecimal(profitPercent),
                BigDecimal.ZERO,
                new BigDecimal(worstLoss),
                days,
                closed,
                profitable,
                AT);
    }
}
