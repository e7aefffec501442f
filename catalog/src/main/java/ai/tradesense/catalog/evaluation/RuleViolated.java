package ai.tradesense.catalog.evaluation;

import ai.tradesense.catalog.challenge.ChallengeRule;
import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// A trader broke a rule of a challenge. Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it was traded on
/// @param rule the rule
/// @param threshold what the rule allows
/// @param actual what was found
/// @param violatedAt when
@EventName("Evaluation.Rule.Violated.v1")
@Description("A trader broke a rule of a challenge.")
public record RuleViolated(
        String challengeId,
        String accountId,
        ChallengeRule rule,
        @NotNegative BigDecimal threshold,
        @NotNegative BigDecimal actual,
        Instant violatedAt)
        implements EventData {
    public RuleViolated {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.required("rule", rule);
        Rules.notNegative("threshold", threshold);
        Rules.notNegative("actual", actual);
        Rules.required("violatedAt", violatedAt);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
