package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.store.SnapshotStore;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;

/// Snapshots in the log's database. Changes go through the log's writer and share its commits.
final class JdbcSnapshotStore implements SnapshotStore {
    private final ChangeWriter writer;
    private final ReadConnections readers;

    JdbcSnapshotStore(ChangeWriter writer, ReadConnections readers) {
        this.writer = writer;
        this.readers = readers;
    }

    @Override
    public Optional<Snapshot> find(OrderKey stream, String aggregate) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement(
                    "SELECT form, version, state FROM snapshots WHERE domain = ? AND subject = ? AND aggregate = ?")) {
                select.setString(1, stream.domain());
                select.setString(2, stream.subject());
                select.setString(3, aggregate);
                try (ResultSet row = select.executeQuery()) {
                    return row.next()
                            ? Optional.of(
                                    new Snapshot(stream, aggregate, row.getString(1), row.getLong(2), row.getBytes(3)))
                            : Optional.empty();
                }
            }
        });
    }

    @Override
    public void save(Snapshot snapshot) {
        writer.execute(new Save(snapshot));
    }

    private static final class Save extends Change {
        private final Snapshot snapshot;

        Save(Snapshot snapshot) {
            this.snapshot = snapshot;
        }

        @Override
        long bytes() {
            return snapshot.state().length;
        }

        @Override
        void apply(WriteSession session) throws SQLException {
            try (PreparedStatement replace = session.connection().prepareStatement("""
                    INSERT INTO snapshots (domain, subject, aggregate, form, version, state) VALUES (?, ?, ?, ?, ?, ?)
                    ON CONFLICT (domain, subject, aggregate) DO UPDATE SET
                      form = excluded.form, version = excluded.version, state = excluded.state""")) {
                replace.setString(1, snapshot.stream().domain());
                replace.setString(2, snapshot.stream().subject());
                replace.setString(3, snapshot.aggregate());
                replace.setString(4, snapshot.form());
                replace.setLong(5, snapshot.version());
                replace.setBytes(6, snapshot.state());
                replace.executeUpdate();
            }
        }
    }
}
