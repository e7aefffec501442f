package ai.tradesense.catalog.evaluation;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// A trader stands elsewhere than before. Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it is traded on
/// @param previousStatus where the trader stood before; null if this is the first
/// @param status where the trader stands now
/// @param changedAt since when
@EventName("Evaluation.Status.Changed.v1")
@Description("A trader stands elsewhere than before.")
public record StatusChanged(
        String challengeId,
        String accountId,
        @Nullable EvaluationStatus previousStatus,
        EvaluationStatus status,
        Instant changedAt)
        implements EventData {
    public StatusChanged {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.required("status", status);
        Rules.required("changedAt", changedAt);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
