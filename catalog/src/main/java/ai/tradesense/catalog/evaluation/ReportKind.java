package ai.tradesense.catalog.evaluation;

/// What a report is about.
public enum ReportKind {
    /// A phase that was completed.
    PHASE,
    /// The whole of a challenge, at its end.
    FINAL
}
