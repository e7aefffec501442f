package ai.tradesense.catalog.risk;

import ai.tradesense.catalog.rules.AtMost;
import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// The risk of an account was assessed after a valuation; it answers that `Trading.PnL.Updated.v1`. Its subject
/// is the account.
///
/// @param accountId the account
/// @param sequence the number of the valuation that was assessed
/// @param score the risk from 0, none, to 100, a limit is reached
/// @param level the score in words
/// @param dailyLoss the loss since the start of the day, in percent; 0 for a profit
/// @param overallLoss the loss since the start of the phase, in percent; 0 for a profit
/// @param exposure the size of all open positions, in lots
/// @param asOf the moment of the valuation
@EventName("Risk.Score.Updated.v1")
@Description("The risk of an account was assessed after a valuation; it answers that `Trading.PnL.Updated.v1`.")
public record ScoreUpdated(
        String accountId,
        @Positive long sequence,
        @NotNegative @AtMost(100) int score,
        RiskLevel level,
        @NotNegative BigDecimal dailyLoss,
        @NotNegative BigDecimal overallLoss,
        @NotNegative BigDecimal exposure,
        Instant asOf)
        implements EventData {
    public ScoreUpdated {
        Rules.text("accountId", accountId);
        Rules.positive("sequence", sequence);
        Rules.notNegative("score", score);
        Rules.atMost("score", score, 100);
        Rules.required("level", level);
        Rules.notNegative("dailyLoss", dailyLoss);
        Rules.notNegative("overallLoss", overallLoss);
        Rules.notNegative("exposure", exposure);
        Rules.required("asOf", asOf);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
