package ai.tradesense.catalog.trading;

/// Which way an order or trade goes.
public enum Side {
    BUY,
    SELL
}
