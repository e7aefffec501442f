package ai.tradesense.catalog.risk;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.LongText;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.time.Instant;

/// An account may open nothing any more, and what is open is to be closed. Its subject is the account.
///
/// @param accountId the account
/// @param reason the limit that was breached
/// @param explanation why, in words
/// @param haltedAt since when
@EventName("Risk.Trading.Halted.v1")
@Description("An account may open nothing any more, and what is open is to be closed.")
public record TradingHalted(
        String accountId, LimitKind reason, @LongText String explanation, Instant haltedAt) implements EventData {
    public TradingHalted {
        Rules.text("accountId", accountId);
        Rules.required("reason", reason);
        Rules.longText("explanation", explanation);
        Rules.required("haltedAt", haltedAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
