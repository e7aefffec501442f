package ai.tradesense.catalog.trading;

/// Why an order will not be filled any more.
public enum CancelReason {
    /// The trader took it back.
    TRADER,
    /// It was good for a time that is over.
    EXPIRED,
    /// Trading was halted for the account.
    TRADING_HALTED,
    /// The challenge that the account traded for is over.
    CHALLENGE_ENDED
}
