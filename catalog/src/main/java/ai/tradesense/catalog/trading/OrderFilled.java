package ai.tradesense.catalog.trading;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// An order was filled, wholly or in part. Its subject is the account.
///
/// @param accountId the account
/// @param orderId the order
/// @param instrument what is traded, for example `EURUSD`
/// @param side buy or sell
/// @param quantity how much was filled now, in lots
/// @param price at which price
/// @param remainingQuantity how much of the order still waits, in lots
/// @param filledAt when it was filled
@EventName("Trading.Order.Filled.v1")
@Description("An order was filled, wholly or in part.")
public record OrderFilled(
        String accountId,
        String orderId,
        String instrument,
        Side side,
        @Positive BigDecimal quantity,
        @Positive BigDecimal price,
        @NotNegative BigDecimal remainingQuantity,
        Instant filledAt)
        implements EventData {
    public OrderFilled {
        Rules.text("accountId", accountId);
        Rules.text("orderId", orderId);
        Rules.text("instrument", instrument);
        Rules.required("side", side);
        Rules.positive("quantity", quantity);
        Rules.positive("price", price);
        Rules.notNegative("remainingQuantity", remainingQuantity);
        Rules.required("filledAt", filledAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
