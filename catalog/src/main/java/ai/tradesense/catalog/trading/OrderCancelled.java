package ai.tradesense.catalog.trading;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// What was left of an order will not be filled any more. Its subject is the account.
///
/// @param accountId the account
/// @param orderId the order
/// @param instrument what is traded, for example `EURUSD`
/// @param reason why
/// @param remainingQuantity how much of it was not filled, in lots
/// @param cancelledAt when it was cancelled
@EventName("Trading.Order.Cancelled.v1")
@Description("What was left of an order will not be filled any more.")
public record OrderCancelled(
        String accountId,
        String orderId,
        String instrument,
        CancelReason reason,
        @Positive BigDecimal remainingQuantity,
        Instant cancelledAt)
        implements EventData {
    public OrderCancelled {
        Rules.text("accountId", accountId);
        Rules.text("orderId", orderId);
        Rules.text("instrument", instrument);
        Rules.required("reason", reason);
        Rules.positive("remainingQuantity", remainingQuantity);
        Rules.required("cancelledAt", cancelledAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
