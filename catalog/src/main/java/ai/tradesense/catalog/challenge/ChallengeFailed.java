package ai.tradesense.catalog.challenge;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// A trader broke a rule that ends the challenge; in phase `FUNDED` it ends the funding. Its subject is the
/// challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it was traded on
/// @param userId the trader
/// @param phase how far it had come
/// @param rule the rule that was broken
/// @param threshold what the rule allows
/// @param actual what was found
/// @param failedAt when it failed
@EventName("Challenge.Failed.v1")
@Description("A trader broke a rule that ends the challenge; in phase `FUNDED` it ends the funding.")
public record ChallengeFailed(
        String challengeId,
        String accountId,
        String userId,
        ChallengePhase phase,
        ChallengeRule rule,
        @NotNegative BigDecimal threshold,
        @NotNegative BigDecimal actual,
        Instant failedAt)
        implements EventData {
    public ChallengeFailed {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.text("userId", userId);
        Rules.required("phase", phase);
        Rules.required("rule", rule);
        Rules.notNegative("threshold", threshold);
        Rules.notNegative("actual", actual);
        Rules.required("failedAt", failedAt);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
