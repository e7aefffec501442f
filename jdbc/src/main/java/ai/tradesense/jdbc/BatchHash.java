package ai.tradesense.jdbc;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// The hash of events that were stored together: SHA-256 over the hash of the batch before, the first position
/// as int64, the number of events as int32, and the bytes that are stored. So each hash stands for everything
/// up to its batch, and for the order. `PostgresBatches` computes the same in the database. Not for use by
/// several threads at once.
final class BatchHash {
    /// What stands for the batch before the first.
    static final byte[] NOTHING = new byte[32];

    private final MessageDigest digest;

    BatchHash() {
        try {
            this.digest = MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    /// Begins a batch.
    void begin(byte[] previous, long firstPosition, int events) {
        digest.reset();
        digest.update(previous);
        digest.update(ByteBuffer.allocate(Long.BYTES + Integer.BYTES)
                .putLong(firstPosition)
                .putInt(events)
                .array());
    }

    void add(byte[] stored) {
        digest.update(stored);
    }

    /// Ends the batch.
    byte[] end() {
        return digest.digest();
    }
}
