package ai.tradesense.catalog.trading;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An account that had nothing open of an instrument now has. Its subject is the account.
///
/// @param accountId the account
/// @param positionId the position
/// @param instrument what is traded, for example `EURUSD`
/// @param side long or short
/// @param quantity the size, in lots
/// @param entryPrice the price it was opened at
/// @param stopLoss where a loss is cut; null if nowhere
/// @param takeProfit where a profit is taken; null if nowhere
/// @param openedAt when it was opened
@EventName("Trading.Position.Opened.v1")
@Description("An account that had nothing open of an instrument now has.")
public record PositionOpened(
        String accountId,
        String positionId,
        String instrument,
        PositionSide side,
        @Positive BigDecimal quantity,
        @Positive BigDecimal entryPrice,
        @Nullable @Positive BigDecimal stopLoss,
        @Nullable @Positive BigDecimal takeProfit,
        Instant openedAt)
        implements EventData {
    public PositionOpened {
        Rules.text("accountId", accountId);
        Rules.text("positionId", positionId);
        Rules.text("instrument", instrument);
        Rules.required("side", side);
        Rules.positive("quantity", quantity);
        Rules.positive("entryPrice", entryPrice);
        if (stopLoss != null) {
            Rules.positive("stopLoss", stopLoss);
        }
        if (takeProfit != null) {
            Rules.positive("takeProfit", takeProfit);
        }
        Rules.required("openedAt", openedAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
