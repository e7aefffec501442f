package ai.tradesense.catalog.evaluation;

/// What is measured of a trader.
public enum EvaluationMetric {
    /// Closed positions with a profit, in percent of all closed ones.
    WIN_RATE,
    /// The mean profit of a trading day, in percent of the balance at the start of the phase.
    PROFIT_PER_DAY,
    /// The profit divided by the deepest loss since the start of the phase.
    RETURN_OVER_DRAWDOWN
}
