package ai.tradesense.catalog.risk;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// An account went past a limit of its risk profile. Its subject is the account.
///
/// @param accountId the account
/// @param limit what the limit limits
/// @param threshold the limit
/// @param actual what was found
/// @param breachedAt when it was found
@EventName("Risk.Limit.Breached.v1")
@Description("An account went past a limit of its risk profile.")
public record LimitBreached(
        String accountId,
        LimitKind limit,
        @NotNegative BigDecimal threshold,
        @NotNegative BigDecimal actual,
        Instant breachedAt)
        implements EventData {
    public LimitBreached {
        Rules.text("accountId", accountId);
        Rules.required("limit", limit);
        Rules.notNegative("threshold", threshold);
        Rules.notNegative("actual", actual);
        Rules.required("breachedAt", breachedAt);
        Rules.notBelow("actual", actual, "threshold", threshold);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
