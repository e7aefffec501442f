package ai.tradesense.desk.firm;

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
import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.catalog.trading.ValuationKind;
import ai.tradesense.events.EventData;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Assesses the risk of one account at each valuation. The answer ends with the score, so that whoever has seen the
/// score has seen before it whether trading was halted or resumed.
///
/// A daily loss halts trading until the next day, an overall loss for good; too large a position is reported.
/// Asked the same twice in a row, it answers the same. Not for use by several threads.
public final class RiskOfficer {
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);
    private static final BigDecimal EXPOSURE_WEIGHT = BigDecimal.valueOf(60);

    private final String accountId;
    private @Nullable ChallengePhase phase;
    private @Nullable RiskProfile profile;
    private BigDecimal phaseStart = BigDecimal.ZERO;
    private BigDecimal dayStart = BigDecimal.ZERO;
    private RiskLevel alerted = RiskLevel.LOW;
    private final Set<LimitKind> breached = EnumSet.noneOf(LimitKind.class);
    private @Nullable Instant haltedAt;
    private int alerts;

    private long sequence;
    private List<EventData> answer = List.of();

    public RiskOfficer(String accountId) {
        this.accountId = accountId;
    }

    /// The number of the newest valuation that was answered.
    public long sequence() {
        return sequence;
    }

    /// What follows from a valuation.
    public List<EventData> answer(PnLUpdated valuation) {
        if (valuation.sequence() > sequence) {
            sequence = valuation.sequence();
            answer = assess(valuation);
        }
        return valuation.sequence() == sequence ? answer : List.of();
    }

    private List<EventData> assess(PnLUpdated valuation) {
        List<EventData> events = new ArrayList<>();
        RiskProfile limits = profile(valuation, events);
        if (valuation.kind() == ValuationKind.DAY_OPEN) {
            startDay(valuation, events);
        }
        BigDecimal dailyLoss = Money.loss(dayStart, valuation.equity());
        BigDecimal overallLoss = Money.loss(phaseStart, valuation.equity());
        exposure(valuation, limits, events);
        loss(LimitKind.DAILY_LOSS, dailyLoss, limits.dailyLoss(), valuation, events);
        loss(LimitKind.OVERALL_LOSS, overallLoss, limits.overallLoss(), valuation, events);

        int score = score(dailyLoss, overallLoss, valuation.exposure(), limits);
        RiskLevel level = level(score);
        if (level.compareTo(RiskLevel.HIGH) >= 0 && level.compareTo(alerted) > 0) {
            alerted = level;
            events.add(alert(
                    level == RiskLevel.HIGH ? AlertSeverity.WARNING : AlertSeverity.CRITICAL,
                    "The risk score rose to " + score + ", which is " + level,
                    valuation));
        }
        events.add(new ScoreUpdated(
                accountId,
                valuation.sequence(),
                score,
                level,
                dailyLoss,
                overallLoss,
                valuation.exposure(),
                valuation.asOf()));
        return List.copyOf(events);
    }

    /// The limits of the phase; a phase that is new starts from the equity of now.
    private RiskProfile profile(PnLUpdated valuation, List<EventData> events) {
        RiskProfile known = profile;
        ChallengePhase now = valuation.phase() == null ? ChallengePhase.PHASE_1 : valuation.phase();
        if (known != null && now == phase) {
            return known;
        }
        RiskProfile next = RiskProfile.of(now);
        if (known == null) {
            dayStart = valuation.equity();
        }
        phase = now;
        profile = next;
        phaseStart = valuation.equity();
        events.add(new ProfileModified(
                accountId,
                next.name(),
                known == null ? null : known.name(),
                next.dailyLoss(),
                next.overallLoss(),
                next.maxExposure(),
                valuation.asOf()));
        return next;
    }

    private void startDay(PnLUpdated valuation, List<EventData> events) {
        dayStart = valuation.equity();
        alerted = RiskLevel.LOW;
        breached.remove(LimitKind.DAILY_LOSS);
        Instant since = haltedAt;
        if (since != null && !breached.contains(LimitKind.OVERALL_LOSS)) {
            haltedAt = null;
            events.add(new TradingResumed(accountId, since, valuation.asOf()));
        }
    }

    private void exposure(PnLUpdated valuation, RiskProfile limits, List<EventData> events) {
        if (valuation.exposure().compareTo(limits.maxExposure()) <= 0) {
            breached.remove(LimitKind.EXPOSURE);
        } else if (breached.add(LimitKind.EXPOSURE)) {
            events.add(breach(LimitKind.EXPOSURE, limits.maxExposure(), valuation.exposure(), valuation));
            events.add(alert(
                    AlertSeverity.INFO,
                    valuation.exposure().toPlainString() + " lots are open, "
                            + limits.maxExposure().toPlainString() + " are allowed",
                    valuation));
        }
    }

    private void loss(LimitKind kind, BigDecimal loss, BigDecimal limit, PnLUpdated valuation, List<EventData> events) {
        if (loss.compareTo(limit) < 0 || !breached.add(kind)) {
            return;
        }
        events.add(breach(kind, limit, loss, valuation));
        if (haltedAt == null) {
            haltedAt = valuation.asOf();
            events.add(new TradingHalted(
                    accountId,
                    kind,
                    "A loss of " + loss.toPlainString() + " % reached the limit of " + limit.toPlainString() + " %",
                    valuation.asOf()));
        }
    }

    private LimitBreached breach(LimitKind kind, BigDecimal limit, BigDecimal actual, PnLUpdated valuation) {
        return new LimitBreached(accountId, kind, limit, actual, valuation.asOf());
    }

    private AlertTriggered alert(AlertSeverity severity, String message, PnLUpdated valuation) {
        alerts++;
        return new AlertTriggered(accountId, accountId + "-L" + alerts, severity, message, valuation.asOf());
    }

    /// How much of the loss limits is used up, or weighed less, of the exposure; in percent.
    private static int score(BigDecimal dailyLoss, BigDecimal overallLoss, BigDecimal exposure, RiskProfile limits) {
        BigDecimal used = share(dailyLoss, limits.dailyLoss(), HUNDRED)
                .max(share(overallLoss, limits.overallLoss(), HUNDRED))
                .max(share(exposure, limits.maxExposure(), EXPOSURE_WEIGHT));
        return used.min(HUNDRED).intValueExact();
    }

    private static BigDecimal share(BigDecimal part, BigDecimal whole, BigDecimal weight) {
        return part.multiply(weight).divide(whole, 0, RoundingMode.DOWN);
    }

    private static RiskLevel level(int score) {
        if (score < 25) {
            return RiskLevel.LOW;
        }
        if (score < 50) {
            return RiskLevel.MODERATE;
        }
        return score < 80 ? RiskLevel.HIGH : RiskLevel.CRITICAL;
    }
}
