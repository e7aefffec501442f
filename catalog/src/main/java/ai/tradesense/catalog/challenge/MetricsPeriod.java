package ai.tradesense.catalog.challenge;

/// What metrics were taken for.
public enum MetricsPeriod {
    /// A trading day that is over.
    DAILY,
    /// The last day; no metrics follow.
    FINAL
}
