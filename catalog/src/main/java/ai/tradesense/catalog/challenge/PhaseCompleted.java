package ai.tradesense.catalog.challenge;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// A trader met every condition of a phase. Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it is traded on
/// @param phase the phase
/// @param profit the profit of the phase
/// @param tradingDays days with a trade in the phase
/// @param completedAt when it was completed
@EventName("Challenge.Phase.Completed.v1")
@Description("A trader met every condition of a phase.")
public record PhaseCompleted(
        String challengeId,
        String accountId,
        ChallengePhase phase,
        BigDecimal profit,
        @Positive int tradingDays,
        Instant completedAt)
        implements EventData {
    public PhaseCompleted {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.required("phase", phase);
        Rules.amount("profit", profit);
        Rules.positive("tradingDays", tradingDays);
        Rules.required("completedAt", completedAt);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
