package ai.tradesense.desk.trader;

import ai.tradesense.catalog.trading.Side;
import java.math.BigDecimal;

/// What a trader wants done after a bar.
sealed interface Decision {
    /// Nothing.
    record Wait() implements Decision {}

    /// Opens a position at the next price there is.
    ///
    /// @param stop how far from the price a loss is cut
    /// @param target how far from the price a profit is taken; 0 for never
    record Enter(Side side, BigDecimal lots, double stop, double target) implements Decision {}

    /// Opens a position at a price or a better one, if that comes within some bars.
    record EnterAt(Side side, BigDecimal lots, double price, double stop, double target, int bars)
            implements Decision {}

    /// Makes the position larger at the next price there is.
    record Add(BigDecimal lots) implements Decision {}

    /// Cuts the loss earlier.
    record Tighten(double stopLoss) implements Decision {}

    /// Closes the position at the next price there is.
    record Exit() implements Decision {}

    Decision WAIT = new Wait();
    Decision EXIT = new Exit();
}
