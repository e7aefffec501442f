package ai.tradesense.redis;

/// An entry of a stream as it was read, or the note that some were gone before they were.
///
/// @param id where it stands; of a note, the last entry before it
/// @param body the bytes of the event, if it has the form of ours; otherwise all its fields, as Redis'
///     protocol writes them; of a note, what is to be said
/// @param ours whether it has the form of ours
/// @param lost how many entries are gone; 0 if this is one, [#UNCOUNTED] if they never were in this stream as
///     it is now
@SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
record Entry(EntryId id, byte[] body, boolean ours, long lost) {
    /// The one field of our entries.
    static final String FIELD = "event";

    /// Of a note of entries that do not count in the stream.
    static final long UNCOUNTED = -1;

    boolean isNote() {
        return lost != 0;
    }

    /// How many places in the stream it stands for.
    long covers() {
        return isNote() ? Math.max(0, lost) : 1;
    }
}
