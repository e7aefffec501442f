package ai.tradesense.catalog.challenge;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// The progress of a challenge was taken after a trading day; it answers that day's `Trading.PnL.Updated.v1`.
/// Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it is traded on
/// @param sequence the number of the valuation that it was taken from
/// @param period what for
/// @param phase the phase of that day
/// @param profit the profit, or negative the loss, since the start of the phase
/// @param profitPercent the same in percent of the balance at the start of the phase
/// @param worstDailyLoss the deepest loss of that day, in percent; 0 for none
/// @param worstOverallLoss the deepest loss since the start of the phase, in percent; 0 for none
/// @param tradingDays days with a trade in the phase
/// @param closedPositions positions closed in the phase
/// @param profitablePositions how many of those with a profit
/// @param asOf the moment
@EventName("Challenge.Metrics.Updated.v1")
@Description(
        "The progress of a challenge was taken after a trading day; it answers that day's `Trading.PnL.Updated.v1`.")
public record MetricsUpdated(
        String challengeId,
        String accountId,
        @Positive long sequence,
        MetricsPeriod period,
        ChallengePhase phase,
        BigDecimal profit,
        BigDecimal profitPercent,
        @NotNegative BigDecimal worstDailyLoss,
        @NotNegative BigDecimal worstOverallLoss,
        @NotNegative int tradingDays,
        @NotNegative int closedPositions,
        @NotNegative int profitablePositions,
        Instant asOf)
        implements EventData {
    public MetricsUpdated {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.positive("sequence", sequence);
        Rules.required("period", period);
        Rules.required("phase", phase);
        Rules.amount("profit", profit);
        Rules.amount("profitPercent", profitPercent);
        Rules.notNegative("worstDailyLoss", worstDailyLoss);
        Rules.notNegative("worstOverallLoss", worstOverallLoss);
        Rules.notNegative("tradingDays", tradingDays);
        Rules.notNegative("closedPositions", closedPositions);
        Rules.notNegative("profitablePositions", profitablePositions);
        Rules.required("asOf", asOf);
        Rules.notAbove("profitablePositions", profitablePositions, "closedPositions", closedPositions);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
