package ai.tradesense.catalog.challenge;

import ai.tradesense.catalog.rules.AtMost;
import ai.tradesense.catalog.rules.Currency;
import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// A trader started a challenge. Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it is traded on
/// @param userId the trader
/// @param currency the currency of all amounts, for example `USD`
/// @param startingBalance the balance it starts with
/// @param profitTarget the profit to reach in the first phase, in percent
/// @param dailyLossLimit the loss not to reach within a day, in percent
/// @param overallLossLimit the loss not to reach within a phase, in percent
/// @param minimumTradingDays days with a trade to reach in each phase
/// @param startedAt when it started
@EventName("Challenge.Started.v1")
@Description("A trader started a challenge.")
public record ChallengeStarted(
        String challengeId,
        String accountId,
        String userId,
        @Currency String currency,
        @Positive BigDecimal startingBalance,
        @Positive @AtMost(100) BigDecimal profitTarget,
        @Positive @AtMost(100) BigDecimal dailyLossLimit,
        @Positive @AtMost(100) BigDecimal overallLossLimit,
        @Positive int minimumTradingDays,
        Instant startedAt)
        implements EventData {
    public ChallengeStarted {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.text("userId", userId);
        Rules.currency("currency", currency);
        Rules.positive("startingBalance", startingBalance);
        Rules.positive("profitTarget", profitTarget);
        Rules.atMost("profitTarget", profitTarget, 100);
        Rules.positive("dailyLossLimit", dailyLossLimit);
        Rules.atMost("dailyLossLimit", dailyLossLimit, 100);
        Rules.positive("overallLossLimit", overallLossLimit);
        Rules.atMost("overallLossLimit", overallLossLimit, 100);
        Rules.positive("minimumTradingDays", minimumTradingDays);
        Rules.required("startedAt", startedAt);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
