package ai.tradesense.desk.firm;

import ai.tradesense.catalog.challenge.ChallengeCompleted;
import ai.tradesense.catalog.challenge.ChallengeFailed;
import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.challenge.ChallengeRule;
import ai.tradesense.catalog.challenge.MetricsPeriod;
import ai.tradesense.catalog.challenge.MetricsUpdated;
import ai.tradesense.catalog.challenge.PhaseAdvanced;
import ai.tradesense.catalog.challenge.PhaseCompleted;
import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.catalog.trading.PositionClosed;
import ai.tradesense.catalog.trading.TradeExecuted;
import ai.tradesense.catalog.trading.ValuationKind;
import ai.tradesense.events.EventData;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Judges the challenge of one member. It watches all day and gives its verdict when the day is over, that is at the
/// valuation that opens the next one or is the last; the answer to that valuation ends with the day's metrics.
///
/// Told the same twice, it counts once; asked the same twice in a row, it answers the same. Not for use by several
/// threads.
public final class ChallengeJudge {
    private final Member member;
    private final Set<String> counted = new HashSet<>();

    private ChallengePhase phase = ChallengePhase.PHASE_1;
    private BigDecimal phaseStart = ChallengeRules.STARTING_BALANCE;
    private BigDecimal dayStart = ChallengeRules.STARTING_BALANCE;
    private BigDecimal lowestToday = ChallengeRules.STARTING_BALANCE;
    private BigDecimal worstOverallLoss = BigDecimal.ZERO;
    private boolean tradedToday;
    private int tradingDays;
    private int closedPositions;
    private int profitablePositions;
    private BigDecimal profitOfEarlierPhases = BigDecimal.ZERO;
    private int daysOfEarlierPhases;
    private boolean failed;

    private long sequence;
    private List<EventData> answer = List.of();

    public ChallengeJudge(Member member) {
        this.member = member;
    }

    /// The number of the newest valuation that was answered.
    public long sequence() {
        return sequence;
    }

    public void watch(TradeExecuted trade) {
        if (counted.add(trade.tradeId())) {
            tradedToday = true;
        }
    }

    public void watch(PositionClosed position) {
        if (counted.add(position.positionId())) {
            closedPositions++;
            if (position.realizedPnl().signum() > 0) {
                profitablePositions++;
            }
        }
    }

    /// What follows from a valuation; empty within a day.
    public List<EventData> answer(PnLUpdated valuation) {
        if (valuation.sequence() > sequence) {
            sequence = valuation.sequence();
            answer = judge(valuation);
        }
        return valuation.sequence() == sequence ? answer : List.of();
    }

    private List<EventData> judge(PnLUpdated valuation) {
        BigDecimal equity = valuation.equity();
        lowestToday = lowestToday.min(equity);
        worstOverallLoss = worstOverallLoss.max(Money.loss(phaseStart, equity));
        if (valuation.kind() == ValuationKind.INTRADAY) {
            return List.of();
        }
        if (tradedToday) {
            tradingDays++;
        }
        List<EventData> events = new ArrayList<>();
        MetricsUpdated metrics = metrics(valuation);
        if (!failed) {
            ChallengeFailed failure = failure(valuation);
            if (failure != null) {
                failed = true;
                events.add(failure);
            } else if (phaseIsComplete(metrics)) {
                advance(valuation, metrics.profit(), events);
            }
        }
        events.add(metrics);
        dayStart = equity;
        lowestToday = equity;
        tradedToday = false;
        return List.copyOf(events);
    }

    private MetricsUpdated metrics(PnLUpdated valuation) {
        BigDecimal profit = valuation.equity().subtract(phaseStart);
        return new MetricsUpdated(
                member.challengeId(),
                member.accountId(),
                valuation.sequence(),
                valuation.kind() == ValuationKind.FINAL ? MetricsPeriod.FINAL : MetricsPeriod.DAILY,
                phase,
                profit,
                Money.percent(profit, phaseStart),
                Money.loss(dayStart, lowestToday),
                worstOverallLoss,
                tradingDays,
                closedPositions,
                profitablePositions,
                valuation.asOf());
    }

    private @Nullable ChallengeFailed failure(PnLUpdated valuation) {
        BigDecimal dailyLoss = Money.loss(dayStart, lowestToday);
        if (worstOverallLoss.compareTo(ChallengeRules.OVERALL_LOSS) >= 0) {
            return failed(ChallengeRule.OVERALL_LOSS, ChallengeRules.OVERALL_LOSS, worstOverallLoss, valuation);
        }
        if (dailyLoss.compareTo(ChallengeRules.DAILY_LOSS) >= 0) {
            return failed(ChallengeRule.DAILY_LOSS, ChallengeRules.DAILY_LOSS, dailyLoss, valuation);
        }
        return null;
    }

    private ChallengeFailed failed(ChallengeRule rule, BigDecimal threshold, BigDecimal actual, PnLUpdated valuation) {
        return new ChallengeFailed(
                member.challengeId(),
                member.accountId(),
                member.userId(),
                phase,
                rule,
                threshold,
                actual,
                valuation.asOf());
    }

    private boolean phaseIsComplete(MetricsUpdated metrics) {
        BigDecimal target = ChallengeRules.target(phase);
        return target != null
                && metrics.profitPercent().compareTo(target) >= 0
                && tradingDays >= ChallengeRules.MINIMUM_TRADING_DAYS;
    }

    private void advance(PnLUpdated valuation, BigDecimal profit, List<EventData> events) {
        events.add(new PhaseCompleted(
                member.challengeId(), member.accountId(), phase, profit, tradingDays, valuation.asOf()));
        profitOfEarlierPhases = profitOfEarlierPhases.add(profit);
        daysOfEarlierPhases += tradingDays;
        ChallengePhase next = phase == ChallengePhase.PHASE_1 ? ChallengePhase.PHASE_2 : ChallengePhase.FUNDED;
        if (next == ChallengePhase.FUNDED) {
            events.add(new ChallengeCompleted(
                    member.challengeId(),
                    member.accountId(),
                    member.userId(),
                    profitOfEarlierPhases,
                    daysOfEarlierPhases,
                    valuation.asOf()));
        }
        events.add(new PhaseAdvanced(
                member.challengeId(), member.accountId(), member.userId(), phase, next, valuation.asOf()));
        phase = next;
        phaseStart = valuation.equity();
        worstOverallLoss = BigDecimal.ZERO;
        tradingDays = 0;
        closedPositions = 0;
        profitablePositions = 0;
    }
}
