package ai.tradesense.catalog.risk;

/// What a limit limits.
public enum LimitKind {
    /// The loss since the start of the trading day, in percent.
    DAILY_LOSS,
    /// The loss since the start of the phase, in percent.
    OVERALL_LOSS,
    /// The size of all open positions, in lots.
    EXPOSURE
}
