package ai.tradesense.catalog.evaluation;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// A figure of a trader was calculated. Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it was traded on
/// @param metric which figure
/// @param value the figure
/// @param asOf the moment it is true for
@EventName("Evaluation.Metric.Calculated.v1")
@Description("A figure of a trader was calculated.")
public record MetricCalculated(
        String challengeId, String accountId, EvaluationMetric metric, BigDecimal value, Instant asOf)
        implements EventData {
    public MetricCalculated {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.required("metric", metric);
        Rules.amount("value", value);
        Rules.required("asOf", asOf);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
