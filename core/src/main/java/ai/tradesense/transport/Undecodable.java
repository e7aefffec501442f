package ai.tradesense.transport;

/// Something that arrived and cannot be read as an event.
///
/// @param raw the bytes as they arrived; handed over, not copied
/// @param contentType what the sender said they are, or `application/octet-stream`
/// @param problem why they cannot be read
@SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
public record Undecodable(byte[] raw, String contentType, RuntimeException problem) {}
