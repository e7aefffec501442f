package ai.tradesense.catalog.trading;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An order was accepted and waits to be filled. Its subject is the account.
///
/// @param accountId the account
/// @param orderId the order
/// @param instrument what is traded, for example `EURUSD`
/// @param side buy or sell
/// @param kind at which price it may be filled
/// @param quantity the size, in lots
/// @param price the price of a limit or stop order; null for a market order
/// @param stopLoss where a loss is cut; null if nowhere
/// @param takeProfit where a profit is taken; null if nowhere
/// @param placedAt when it was accepted
@EventName("Trading.Order.Placed.v1")
@Description("An order was accepted and waits to be filled.")
public record OrderPlaced(
        String accountId,
        String orderId,
        String instrument,
        Side side,
        OrderKind kind,
        @Positive BigDecimal quantity,
        @Nullable @Positive BigDecimal price,
        @Nullable @Positive BigDecimal stopLoss,
        @Nullable @Positive BigDecimal takeProfit,
        Instant placedAt)
        implements EventData {
    public OrderPlaced {
        Rules.text("accountId", accountId);
        Rules.text("orderId", orderId);
        Rules.text("instrument", instrument);
        Rules.required("side", side);
        Rules.required("kind", kind);
        Rules.positive("quantity", quantity);
        if (price != null) {
            Rules.positive("price", price);
        }
        if (stopLoss != null) {
            Rules.positive("stopLoss", stopLoss);
        }
        if (takeProfit != null) {
            Rules.positive("takeProfit", takeProfit);
        }
        Rules.required("placedAt", placedAt);
        if (kind == OrderKind.MARKET) {
            Rules.absent("price", price, "a market order");
        } else {
            Rules.present("price", price, "a limit or stop order");
        }
    }

    @Override
    public String subject() {
        return accountId;
    }
}
