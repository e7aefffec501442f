package ai.tradesense.catalog.evaluation;

import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.rules.AtMost;
import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// A report on a challenge was written. Its subject is the challenge.
///
/// @param challengeId the challenge
/// @param accountId the account that it was traded on
/// @param reportId the report
/// @param kind what it is about
/// @param phase the phase that it covers, or at the end the one reached
/// @param profit the profit, or negative the loss, of that phase
/// @param tradingDays days with a trade in that phase
/// @param closedPositions positions closed in that phase
/// @param winRate positions closed with a profit, in percent of all closed ones
/// @param generatedAt when it was written
@EventName("Evaluation.Report.Generated.v1")
@Description("A report on a challenge was written.")
public record ReportGenerated(
        String challengeId,
        String accountId,
        String reportId,
        ReportKind kind,
        ChallengePhase phase,
        BigDecimal profit,
        @NotNegative int tradingDays,
        @NotNegative int closedPositions,
        @NotNegative @AtMost(100) BigDecimal winRate,
        Instant generatedAt)
        implements EventData {
    public ReportGenerated {
        Rules.text("challengeId", challengeId);
        Rules.text("accountId", accountId);
        Rules.text("reportId", reportId);
        Rules.required("kind", kind);
        Rules.required("phase", phase);
        Rules.amount("profit", profit);
        Rules.notNegative("tradingDays", tradingDays);
        Rules.notNegative("closedPositions", closedPositions);
        Rules.notNegative("winRate", winRate);
        Rules.atMost("winRate", winRate, 100);
        Rules.required("generatedAt", generatedAt);
    }

    @Override
    public String subject() {
        return challengeId;
    }
}
