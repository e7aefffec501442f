package ai.tradesense.catalog.evaluation;

/// Where a trader stands.
public enum EvaluationStatus {
    /// In the first phase.
    EVALUATION,
    /// In the second phase.
    VERIFICATION,
    /// Passed.
    FUNDED,
    /// Out.
    FAILED
}
