package ai.tradesense.catalog.challenge;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// A challenge went on to its next phase. Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it is traded on
/// @param userId the trader
/// @param fromPhase the phase that is over
/// @param toPhase the phase that begins; a later one
/// @param advancedAt when
@EventName("Challenge.Phase.Advanced.v1")
@Description("A challenge went on to its next phase.")
public record PhaseAdvanced(
        String challengeId,
        String accountId,
        String userId,
        ChallengePhase fromPhase,
        ChallengePhase toPhase,
        Instant advancedAt)
        implements EventData {
    public PhaseAdvanced {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.text("userId", userId);
        Rules.required("fromPhase", fromPhase);
        Rules.required("toPhase", toPhase);
        Rules.required("advancedAt", advancedAt);
        Rules.after("toPhase", toPhase, "fromPhase", fromPhase);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
