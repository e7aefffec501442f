package ai.tradesense.transport;

/// What an operator should know about a transport.
///
/// @param available whether publishing and polling are expected to work now
/// @param detail in words, for example why it is not available or what durability it gives
public record TransportHealth(boolean available, String detail) {}
