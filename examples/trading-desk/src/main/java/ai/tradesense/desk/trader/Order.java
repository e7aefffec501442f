package ai.tradesense.desk.trader;

import ai.tradesense.catalog.trading.OrderKind;
import ai.tradesense.catalog.trading.Side;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;

/// An order that waits.
///
/// @param price the price of a limit order; null for a market order
/// @param purpose what it does to the position
/// @param barsLeft on how many more bars a limit order may be filled
record Order(
        String id,
        Side side,
        OrderKind kind,
        BigDecimal lots,
        @Nullable BigDecimal price,
        @Nullable BigDecimal stopLoss,
        @Nullable BigDecimal takeProfit,
        Purpose purpose,
        int barsLeft) {
    enum Purpose {
        OPEN,
        ADD,
        CLOSE
    }

    Order oneBarLater() {
        return new Order(id, side, kind, lots, price, stopLoss, takeProfit, purpose, barsLeft - 1);
    }
}
