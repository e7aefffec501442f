package ai.tradesense.catalog.challenge;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// A trader passed both phases of a challenge. Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it is traded on
/// @param userId the trader
/// @param profit the profit of both phases together
/// @param tradingDays days with a trade in both phases together
/// @param completedAt when it was completed
@EventName("Challenge.Completed.v1")
@Description("A trader passed both phases of a challenge.")
public record ChallengeCompleted(
        String challengeId,
        String accountId,
        String userId,
        BigDecimal profit,
        @Positive int tradingDays,
        Instant completedAt)
        implements EventData {
    public ChallengeCompleted {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.text("userId", userId);
        Rules.amount("profit", profit);
        Rules.positive("tradingDays", tradingDays);
        Rules.required("completedAt", completedAt);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
