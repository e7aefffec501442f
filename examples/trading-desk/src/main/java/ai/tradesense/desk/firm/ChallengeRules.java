package ai.tradesense.desk.firm;

import ai.tradesense.catalog.challenge.ChallengePhase;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/// What a challenge asks for. Percentages of the profit and the overall loss are of the equity at the start of the
/// phase, those of the daily loss of the equity at the start of the day.
public final class ChallengeRules {
    public static final BigDecimal STARTING_BALANCE = new BigDecimal("100000.00");
    public static final BigDecimal PHASE_1_TARGET = new BigDecimal("8");
    public static final BigDecimal PHASE_2_TARGET = new BigDecimal("5");
    public static final BigDecimal DAILY_LOSS = new BigDecimal("5");
    public static final BigDecimal OVERALL_LOSS = new BigDecimal("10");
    public static final int MINIMUM_TRADING_DAYS = 4;

    private ChallengeRules() {}

    /// The profit that completes a phase, in percent; null where there is none to reach.
    static @Nullable BigDecimal target(ChallengePhase phase) {
        return switch (phase) {
            case PHASE_1 -> PHASE_1_TARGET;
            case PHASE_2 -> PHASE_2_TARGET;
            case FUNDED -> null;
        };
    }
}
