package ai.tradesense.catalog.trading;

/// On which occasion an account was valued.
public enum ValuationKind {
    /// Within a trading day.
    INTRADAY,
    /// At the start of a trading day, which closes the day before.
    DAY_OPEN,
    /// At the end; no valuation follows.
    FINAL
}
