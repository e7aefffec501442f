package ai.tradesense.catalog.trading;

/// At which price an order may be filled.
public enum OrderKind {
    /// At the next price there is.
    MARKET,
    /// At its own price or a better one.
    LIMIT,
    /// At the market, once its price is reached.
    STOP
}
