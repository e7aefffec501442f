package ai.tradesense.jdbc;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The hash of what is left of a batch that events were removed from: over the hash of the batch as it was
/// appended, the first position, the number of events, and what is stored now. So the batch keeps its place in the
/// chain of what was appended, and what is left of it is what the record of removals says. Not for use by several
/// threads at once.
final class Residue {
    static final int BYTES = 32;

    private final BatchHash hash = new BatchHash();

    /// Begins a batch.
    ///
    /// @param appended its hash; null if it was stored when there were none
    void begin(byte @Nullable [] appended, long firstPosition, int events) {
        hash.begin(appended == null ? BatchHash.NOTHING : appended, firstPosition, events);
    }

    /// What a row of the log in SQLite holds.
    void add(byte[] stored) {
        hash.add(stored);
    }

    /// An event that is still there, as a row in PostgreSQL holds it.
    void addKept(byte[] recordedAtMicros, byte[] record) {
        hash.add(new byte[] {1});
        hash.add(recordedAtMicros);
        addSized(record);
    }

    /// An event that is not.
    void addRemoved(String domain, String subject, String id, String source) {
        hash.add(new byte[] {0});
        for (String text : new String[] {domain, subject, id, source}) {
            addSized(text.getBytes(StandardCharsets.UTF_8));
        }
    }

    private void addSized(byte[] bytes) {
        hash.add(ByteBuffer.allocate(Integer.BYTES).putInt(bytes.length).array());
        hash.add(bytes);
    }

    byte[] end() {
        return hash.end();
    }

    /// Takes over what a record of a removal says.
    static Map<Long, byte[]> read(byte[] batches) {
        Map<Long, byte[]> residues = new HashMap<>();
        ByteBuffer bytes = ByteBuffer.wrap(batches);
        while (bytes.remaining() >= Long.BYTES + BYTES) {
            long firstPosition = bytes.getLong();
            byte[] residue = new byte[BYTES];
            bytes.get(residue);
            residues.put(firstPosition, residue);
        }
        return residues;
    }
}
