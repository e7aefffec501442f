package ai.tradesense.desk.trader;

import ai.tradesense.catalog.trading.PositionSide;
import ai.tradesense.desk.firm.Money;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An open position.
///
/// @param lots its size
/// @param averagePrice the mean price it was entered at
/// @param additions how often it was made larger
record Position(
        String id,
        PositionSide side,
        BigDecimal lots,
        BigDecimal averagePrice,
        @Nullable BigDecimal stopLoss,
        @Nullable BigDecimal takeProfit,
        Instant openedAt,
        int additions) {
    boolean isLong() {
        return side == PositionSide.LONG;
    }

    /// What `lots` of it earn at a price.
    BigDecimal profit(BigDecimal price, BigDecimal lots) {
        BigDecimal move = isLong() ? price.subtract(averagePrice) : averagePrice.subtract(price);
        return Money.rounded(move.multiply(lots).multiply(Money.UNITS_PER_LOT));
    }

    Position withStopLoss(BigDecimal price) {
        return new Position(id, side, lots, averagePrice, price, takeProfit, openedAt, additions);
    }

    /// The position with more lots bought or sold at a price.
    Position plus(BigDecimal more, BigDecimal price) {
        BigDecimal total = lots.add(more);
        BigDecimal mean = averagePrice
                .multiply(lots)
                .add(price.multiply(more))
                .divide(total, Money.AVERAGE_PRICE_SCALE, RoundingMode.HALF_EVEN);
        return new Position(id, side, total, mean, stopLoss, takeProfit, openedAt, additions + 1);
    }
}
