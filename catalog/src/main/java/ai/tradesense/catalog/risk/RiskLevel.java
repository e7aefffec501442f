package ai.tradesense.catalog.risk;

/// A risk score in words.
public enum RiskLevel {
    LOW,
    MODERATE,
    HIGH,
    CRITICAL
}
