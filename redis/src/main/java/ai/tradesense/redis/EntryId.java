package ai.tradesense.redis;

/// Where an entry stands in its stream.
record EntryId(long millis, long sequence) implements Comparable<EntryId> {
    static final EntryId ZERO = new EntryId(0, 0);

    static EntryId parse(String text) {
        int dash = text.indexOf('-');
        return new EntryId(
                Long.parseUnsignedLong(text, 0, dash, 10), Long.parseUnsignedLong(text, dash + 1, text.length(), 10));
    }

    /// The greatest that is less; itself if it is 0-0.
    EntryId before() {
        if (sequence != 0) {
            return new EntryId(millis, sequence - 1);
        }
        return millis == 0 ? this : new EntryId(millis - 1, -1); // the greatest without a sign
    }

    @Override
    public int compareTo(EntryId other) {
        int byMillis = Long.compareUnsigned(millis, other.millis);
        return byMillis != 0 ? byMillis : Long.compareUnsigned(sequence, other.sequence);
    }

    @Override
    public String toString() {
        return Long.toUnsignedString(millis) + "-" + Long.toUnsignedString(sequence);
    }
}
