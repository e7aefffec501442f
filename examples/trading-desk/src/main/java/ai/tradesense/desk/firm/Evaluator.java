package ai.tradesense.desk.firm;

import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.ChallengePhase;
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
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Evaluates one trader from what happens in the challenge, each event of it told once. Not for use by several
/// threads.
public final class Evaluator {
    private static final int RATIO_SCALE = 4;

    private final Member member;
    private final Map<EvaluationMetric, BigDecimal> figures = new EnumMap<>(EvaluationMetric.class);
    private @Nullable EvaluationStatus status;
    private @Nullable ChallengePhase completed;
    private @Nullable MetricsUpdated latest;
    private int reports;

    public Evaluator(Member member) {
        this.member = member;
    }

    /// Where the trader stands; null before the challenge has started.
    public @Nullable EvaluationStatus status() {
        return status;
    }

    /// The progress that was reported last; null before the first.
    public @Nullable MetricsUpdated latest() {
        return latest;
    }

    /// What follows from an event of the challenge, each told once.
    public List<EventData> answer(EventData event) {
        List<EventData> events = new ArrayList<>();
        switch (event) {
            case ChallengeStarted started -> change(EvaluationStatus.EVALUATION, started.startedAt(), events);
            case PhaseCompleted phase -> completed = phase.phase();
            case PhaseAdvanced advanced ->
                change(
                        advanced.toPhase() == ChallengePhase.FUNDED
                                ? EvaluationStatus.FUNDED
                                : EvaluationStatus.VERIFICATION,
                        advanced.advancedAt(),
                        events);
            case ChallengeFailed failed -> {
                events.add(new RuleViolated(
                        member.challengeId(),
                        member.accountId(),
                        failed.rule(),
                        failed.threshold(),
                        failed.actual(),
                        failed.failedAt()));
                change(EvaluationStatus.FAILED, failed.failedAt(), events);
            }
            case MetricsUpdated metrics -> measure(metrics, events);
            default -> {
                // Follows from nothing else.
            }
        }
        return List.copyOf(events);
    }

    private void change(EvaluationStatus next, Instant at, List<EventData> events) {
        events.add(new StatusChanged(member.challengeId(), member.accountId(), status, next, at));
        status = next;
    }

    private void measure(MetricsUpdated metrics, List<EventData> events) {
        latest = metrics;
        if (metrics.closedPositions() > 0) {
            figure(EvaluationMetric.WIN_RATE, winRate(metrics), metrics, events);
        }
        if (metrics.tradingDays() > 0) {
            BigDecimal perDay = metrics.profitPercent()
                    .divide(BigDecimal.valueOf(metrics.tradingDays()), RATIO_SCALE, RoundingMode.HALF_EVEN);
            figure(EvaluationMetric.PROFIT_PER_DAY, perDay, metrics, events);
        }
        if (metrics.worstOverallLoss().signum() > 0) {
            BigDecimal ratio =
                    metrics.profitPercent().divide(metrics.worstOverallLoss(), RATIO_SCALE, RoundingMode.HALF_EVEN);
            figure(EvaluationMetric.RETURN_OVER_DRAWDOWN, ratio, metrics, events);
        }
        if (completed != null) {
            completed = null;
            events.add(report(ReportKind.PHASE, metrics));
        }
        if (metrics.period() == MetricsPeriod.FINAL) {
            events.add(report(ReportKind.FINAL, metrics));
        }
    }

    /// A figure that is the same as the day before is no news.
    private void figure(EvaluationMetric metric, BigDecimal value, MetricsUpdated metrics, List<EventData> events) {
        BigDecimal before = figures.put(metric, value);
        if (before == null || before.compareTo(value) != 0) {
            events.add(new MetricCalculated(member.challengeId(), member.accountId(), metric, value, metrics.asOf()));
        }
    }

    private ReportGenerated report(ReportKind kind, MetricsUpdated metrics) {
        reports++;
        return new ReportGenerated(
                member.challengeId(),
                member.accountId(),
                member.challengeId() + "-R" + reports,
                kind,
                metrics.phase(),
                metrics.profit(),
                metrics.tradingDays(),
                metrics.closedPositions(),
                metrics.closedPositions() == 0 ? BigDecimal.ZERO : winRate(metrics),
                metrics.asOf());
    }

    private static BigDecimal winRate(MetricsUpdated metrics) {
        return Money.percent(
                BigDecimal.valueOf(metrics.profitablePositions()), BigDecimal.valueOf(metrics.closedPositions()));
    }
}
