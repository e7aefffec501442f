package ai.tradesense.catalog.trading;

/// Which way a position earns.
public enum PositionSide {
    /// Earns when the price rises.
    LONG,
    /// Earns when the price falls.
    SHORT
}
