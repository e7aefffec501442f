package ai.tradesense.desk.firm;

import ai.tradesense.catalog.challenge.ChallengePhase;
import java.math.BigDecimal;

/// What risk allows an account. The daily loss is below what the challenge allows, so that a trader is stopped before
/// a bad day ends the challenge.
///
/// @param name what others call it
/// @param dailyLoss the loss since the start of the day that halts trading, in percent
/// @param overallLoss the loss since the start of the phase that halts trading, in percent
/// @param maxExposure the largest size of what is open, in lots
record RiskProfile(String name, BigDecimal dailyLoss, BigDecimal overallLoss, BigDecimal maxExposure) {
    private static final RiskProfile PHASE_1 = profile("phase-1", "4", "12.00");
    private static final RiskProfile PHASE_2 = profile("phase-2", "4", "10.00");
    private static final RiskProfile FUNDED = profile("funded", "3", "8.00");

    static RiskProfile of(ChallengePhase phase) {
        return switch (phase) {
            case PHASE_1 -> PHASE_1;
            case PHASE_2 -> PHASE_2;
            case FUNDED -> FUNDED;
        };
    }

    private static RiskProfile profile(String name, String dailyLoss, String maxExposure) {
        return new RiskProfile(
                name, new BigDecimal(dailyLoss), ChallengeRules.OVERALL_LOSS, new BigDecimal(maxExposure));
    }
}
