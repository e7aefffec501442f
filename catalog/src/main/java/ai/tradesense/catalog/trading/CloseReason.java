package ai.tradesense.catalog.trading;

/// Why a position was closed.
public enum CloseReason {
    /// The trader closed it.
    TRADER,
    /// The price reached its stop loss.
    STOP_LOSS,
    /// The price reached its take profit.
    TAKE_PROFIT,
    /// Trading was halted for the account.
    TRADING_HALTED,
    /// The challenge that the account traded for is over.
    CHALLENGE_ENDED
}
