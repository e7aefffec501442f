package ai.tradesense.catalog.risk;

/// How soon somebody should look at an alert.
public enum AlertSeverity {
    /// In due course.
    INFO,
    /// Today.
    WARNING,
    /// Now.
    CRITICAL
}
