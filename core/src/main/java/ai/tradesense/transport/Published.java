package ai.tradesense.transport;

/// The outcome of publishing one event that is now durable.
///
/// @param id the event's id
/// @param duplicate whether it was there before, so that nothing new was stored
public record Published(String id, boolean duplicate) {}
