package ai.tradesense.store;

import ai.tradesense.events.OrderKey;
import java.util.Optional;

/// States of streams at some version, kept so that not the whole history has to be read every time. Safe for use
/// by several threads; all methods block for I/O and throw [StoreException] if the outcome is a failure or not
/// known, after which they may be called again.
public interface SnapshotStore {
    /// A state.
    ///
    /// @param aggregate what the state is of: a stream may be looked at in several ways
    /// @param form names the shape of the state, so that nobody takes it for another
    /// @param version how many events of the stream it is made of
    /// @param state as JSON in UTF-8; not copied
    @SuppressWarnings("ArrayRecordComponent") // bytes on their way, never compared
    record Snapshot(OrderKey stream, String aggregate, String form, long version, byte[] state) {}

    /// The snapshot that was kept last.
    Optional<Snapshot> find(OrderKey stream, String aggregate);

    /// Keeps a snapshot in place of the one that there is.
    void save(Snapshot snapshot);
}
