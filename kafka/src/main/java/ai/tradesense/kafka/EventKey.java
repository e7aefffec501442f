package ai.tradesense.kafka;

/// What identifies an event.
record EventKey(String source, String id) {}
