package ai.tradesense.catalog.risk;

import ai.tradesense.catalog.rules.AtMost;
import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Other limits apply to an account from now on. Its subject is the account.
///
/// @param accountId the account
/// @param profile the name of the profile, for example `phase-1`
/// @param previousProfile the name of the profile before; null if this is the first
/// @param dailyLossLimit the loss within a day that halts trading, in percent
/// @param overallLossLimit the loss within a phase that halts trading, in percent
/// @param maxExposure the largest size of all open positions, in lots
/// @param modifiedAt since when
@EventName("Risk.Profile.Modified.v1")
@Description("Other limits apply to an account from now on.")
public record ProfileModified(
        String accountId,
        String profile,
        @Nullable String previousProfile,
        @Positive @AtMost(100) BigDecimal dailyLossLimit,
        @Positive @AtMost(100) BigDecimal overallLossLimit,
        @Positive BigDecimal maxExposure,
        Instant modifiedAt)
        implements EventData {
    public ProfileModified {
        Rules.text("accountId", accountId);
        Rules.text("profile", profile);
        if (previousProfile != null) {
            Rules.text("previousProfile", previousProfile);
        }
        Rules.positive("dailyLossLimit", dailyLossLimit);
        Rules.atMost("dailyLossLimit", dailyLossLimit, 100);
        Rules.positive("overallLossLimit", overallLossLimit);
        Rules.atMost("overallLossLimit", overallLossLimit, 100);
        Rules.positive("maxExposure", maxExposure);
        Rules.required("modifiedAt", modifiedAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
