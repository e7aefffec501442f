package ai.tradesense.retention;

/// Up to and with which event somebody who reads the log is done. What is behind that is not removed.
///
/// @param name the consumer group, or what a reader that keeps its own position calls itself
public record ReaderPosition(Kind kind, String name, long position) {
    /// Who reads.
    public enum Kind {
        /// A consumer group of the log.
        GROUP,
        /// A projection, or whoever else said so, see `EventStore.keepBehind`.
        READER,
        /// An operation that replays stored events, by its id; until it ends.
        REPLAY
    }
}
