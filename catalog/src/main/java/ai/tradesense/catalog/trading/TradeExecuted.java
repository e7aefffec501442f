package ai.tradesense.catalog.trading;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// Something was bought or sold, and money moved. Its subject is the account.
///
/// @param accountId the account
/// @param tradeId the trade
/// @param orderId the order that it filled
/// @param instrument what is traded, for example `EURUSD`
/// @param side buy or sell
/// @param quantity the size, in lots
/// @param price at which price
/// @param commission what the broker took, in the currency of the account
/// @param realizedPnl the profit, or negative the loss, of what it closed, before commission
/// @param executedAt when it was executed
@EventName("Trading.Trade.Executed.v1")
@Description("Something was bought or sold, and money moved.")
public record TradeExecuted(
        String accountId,
        String tradeId,
        String orderId,
        String instrument,
        Side side,
        @Positive BigDecimal quantity,
        @Positive BigDecimal price,
        @NotNegative BigDecimal commission,
        BigDecimal realizedPnl,
        Instant executedAt)
        implements EventData {
    public TradeExecuted {
        Rules.text("accountId", accountId);
        Rules.text("tradeId", tradeId);
        Rules.text("orderId", orderId);
        Rules.text("instrument", instrument);
        Rules.required("side", side);
        Rules.positive("quantity", quantity);
        Rules.positive("price", price);
        Rules.notNegative("commission", commission);
        Rules.amount("realizedPnl", realizedPnl);
        Rules.required("executedAt", executedAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
