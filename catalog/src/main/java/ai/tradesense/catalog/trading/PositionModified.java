package ai.tradesense.catalog.trading;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An open position has another size, stop loss or take profit. Its subject is the account.
///
/// @param accountId the account
/// @param positionId the position
/// @param instrument what is traded, for example `EURUSD`
/// @param side long or short
/// @param quantity the size from now on, in lots
/// @param averagePrice the mean price it was entered at
/// @param stopLoss where a loss is cut from now on; null if nowhere
/// @param takeProfit where a profit is taken from now on; null if nowhere
/// @param modifiedAt when it changed
@EventName("Trading.Position.Modified.v1")
@Description("An open position has another size, stop loss or take profit.")
public record PositionModified(
        String accountId,
        String positionId,
        String instrument,
        PositionSide side,
        @Positive BigDecimal quantity,
        @Positive BigDecimal averagePrice,
        @Nullable @Positive BigDecimal stopLoss,
        @Nullable @Positive BigDecimal takeProfit,
        Instant modifiedAt)
        implements EventData {
    public PositionModified {
        Rules.text("accountId", accountId);
        Rules.text("positionId", positionId);
        Rules.text("instrument", instrument);
        Rules.required("side", side);
        Rules.positive("quantity", quantity);
        Rules.positive("averagePrice", averagePrice);
        if (stopLoss != null) {
            Rules.positive("stopLoss", stopLoss);
        }
        if (takeProfit != null) {
            Rules.positive("takeProfit", takeProfit);
        }
        Rules.required("modifiedAt", modifiedAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
