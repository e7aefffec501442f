package ai.tradesense.aggregate;

/// A state, and how many events it is made of.
///
/// @param version 0 before the first event
public record Versioned<S>(S state, long version) {}
