package ai.tradesense.redis;

/// An entry of a stream as it was read, or the note that some were gone before they were.
///
/// @param id where it stands; of a note, the last entry before it
/// @param body the bytes of the event, or what is to be said; of a foreign form all its fields, as Redis' protocol
///     writes them
/// @param lost how many entries are gone; 0 if this is one, [#UNCOUNTED] if they never were in this stream as
///     it is now
@SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
record Entry(EntryId id, byte[] body, Form form, long lost) {
    /// The one field of an event.
    static final String FIELD = "event";

    /// The one field of a word on entries that are lost.
    static final String LOST_FIELD = "lost";

    /// Of a note of entries that do not count in the stream.
    static final long UNCOUNTED = -1;

    /// What it is.
    enum Form {
        /// An event, as we write it.
        EVENT,
        /// A word of a publisher, or of ourselves, on entries that are lost.
        LOSS,
        /// Somebody else's.
        FOREIGN
    }

    boolean isNote() {
        return lost != 0;
    }

    /// How many places in the stream it stands for.
    long covers() {
        return isNote() ? Math.max(0, lost) : 1;
    }
}
