package ai.tradesense.catalog.risk;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// An account whose trading was halted may trade again. Its subject is the account.
///
/// @param accountId the account
/// @param haltedAt since when it was halted
/// @param resumedAt when it ended
@EventName("Risk.Trading.Resumed.v1")
@Description("An account whose trading was halted may trade again.")
public record TradingResumed(String accountId, Instant haltedAt, Instant resumedAt) implements EventData {
    public TradingResumed {
        Rules.text("accountId", accountId);
        Rules.required("haltedAt", haltedAt);
        Rules.required("resumedAt", resumedAt);
        Rules.notBefore("resumedAt", resumedAt, "haltedAt", haltedAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
