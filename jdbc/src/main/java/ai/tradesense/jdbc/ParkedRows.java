package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.transport.Partition;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Changes what is parked. Belongs to the writer.
final class ParkedRows implements AutoCloseable {
    /// The columns of how far an event has come.
    static final String PROGRESS = "state, attempts, due_at, failing_since, caution, holds, discarded_at";

    static final int PROGRESS_COLUMNS = 7;

    /// An event that is parked.
    record Found(long sequence, Progress progress) {}

    /// Is told what a change did to an event: how far it had come and has come now; null where it is not parked.
    @FunctionalInterface
    interface ChangeListener {
        void changed(String group, @Nullable Progress before, @Nullable Progress after);
    }

    private record Share(String group, Partition partition) {}

    private final Dialect dialect;
    private final Map<Share, String> currentSessions = new HashMap<>(); // until they are forgotten
    private final PreparedStatement currentSession;
    private final PreparedStatement insert;
    private final PreparedStatement sequenceOf;
    private final PreparedStatement anywhere;
    private final PreparedStatement progressOf;
    private final PreparedStatement update;
    private final PreparedStatement replaceEvent;
    private final PreparedStatement keepBytes;
    private final PreparedStatement newestFailure;
    private final PreparedStatement mark;
    private final PreparedStatement complete;
    private final PreparedStatement lastFailure;
    private final PreparedStatement insertFailure;
    private final PreparedStatement deleteFailures;

    ParkedRows(Connection connection, Dialect dialect) throws SQLException {
        this.dialect = dialect;
        this.currentSession = connection.prepareStatement(
                "SELECT instance FROM sessions WHERE group_name = ? AND topic = ? AND number = ?");
        this.insert = connection.prepareStatement("""
                INSERT INTO parked (group_name, worker, domain, subject, source, id, type, parked_at, event, raw,
                  content_type, state, attempts, due_at, failing_since, caution, holds, discarded_at, cause, failed_at,
                  replayed_by)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT (group_name, source, id, (replayed_by = '')) DO NOTHING RETURNING sequence""");
        this.sequenceOf = connection.prepareStatement(
                "SELECT sequence FROM parked WHERE group_name = ? AND source = ? AND id = ? AND replayed_by = ?");
        this.anywhere = connection.prepareStatement("SELECT sequence, " + PROGRESS
                + " FROM parked WHERE group_name = ? AND source = ? AND id = ? ORDER BY replayed_by, sequence LIMIT 1");
        this.progressOf = connection.prepareStatement(
                "SELECT " + PROGRESS + " FROM parked WHERE sequence = ? AND group_name = ?");
        this.update = connection.prepareStatement("""
                UPDATE parked SET state = ?, attempts = ?, due_at = ?, failing_since = ?, caution = ?, holds = ?,
                  discarded_at = ? WHERE sequence = ?""");
        this.replaceEvent = connection.prepareStatement("""
                UPDATE parked SET event = ?, type = ?,
                  domain = CASE WHEN domain = '' AND subject = '' THEN ? ELSE domain END,
                  subject = CASE WHEN domain = '' AND subject = '' THEN ? ELSE subject END
                WHERE sequence = ?""");
        this.keepBytes = connection.prepareStatement("UPDATE parked SET raw = ?, content_type = ? WHERE sequence = ?");
        this.newestFailure =
                connection.prepareStatement("UPDATE parked SET cause = ?, failed_at = ? WHERE sequence = ?");
        this.mark = connection.prepareStatement(
                "UPDATE parked SET caution = ? WHERE sequence = ? AND group_name = ? AND state = 'WAITING'");
        this.complete = connection.prepareStatement(
                "DELETE FROM parked WHERE sequence = ? AND group_name = ? AND state = 'WAITING'");
        this.lastFailure =
                connection.prepareStatement("SELECT coalesce(max(number), 0) FROM parked_failures WHERE sequence = ?");
        this.insertFailure = connection.prepareStatement("""
                INSERT INTO parked_failures (sequence, number, attempt, failed_at, exception, message, stack_trace, cause)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)""");
        this.deleteFailures =
                connection.prepareStatement("DELETE FROM parked_failures WHERE sequence = ? AND number <= ?");
    }

    /// Makes one change.
    ///
    /// @return whether it had an effect
    boolean apply(ParkingChange change, ChangeListener listener) throws SQLException {
        return switch (change) {
            case ParkingChange.Park(var event) -> park(event, listener);
            case ParkingChange.Complete(var group, var sequence) -> complete(group, sequence, listener);
            case ParkingChange.Requeue requeue -> {
                boolean changed = change(requeue, listener);
                if (changed && requeue.corrected() != null) {
                    replaceEvent(requeue.sequence(), requeue.corrected());
                }
                yield changed;
            }
            case ParkingChange.Quarantine quarantine -> {
                boolean changed = change(quarantine, listener);
                if (changed) {
                    keepBytes.setBytes(1, quarantine.raw());
                    keepBytes.setString(2, storable(quarantine.contentType()));
                    keepBytes.setLong(3, quarantine.sequence());
                    keepBytes.executeUpdate();
                }
                yield changed;
            }
            case ParkingChange.Mark mark -> mark(mark);
            case ParkingChange.OfParked other -> change(other, listener);
            case ParkingChange.InSession(var session, var partition, var inner) ->
                isCurrent(inner.group(), session, partition) && apply(inner, listener);
        };
    }

    /// Who works on which partition is read anew from now on. Between the changes of one transaction it stays the
    /// same, so it is read once for all of them.
    void forgetSessions() {
        currentSessions.clear();
    }

    private boolean isCurrent(String group, String session, Partition partition) throws SQLException {
        Share share = new Share(group, partition);
        String current = currentSessions.get(share);
        if (current == null) {
            current = currentSession(group, partition);
            currentSessions.put(share, current);
        }
        return session.equals(current);
    }

    /// Who works on a partition; empty if nobody does.
    private String currentSession(String group, Partition partition) throws SQLException {
        currentSession.setString(1, group);
        currentSession.setString(2, partition.topic());
        currentSession.setInt(3, partition.number());
        try (ResultSet row = currentSession.executeQuery()) {
            return row.next() ? row.getString(1) : "";
        }
    }

    private boolean park(ParkedEvent parked, ChangeListener listener) throws SQLException {
        DomainEvent event = parked.event();
        insert.setString(1, parked.group());
        insert.setString(2, parked.worker());
        insert.setString(3, parked.key().domain());
        insert.setString(4, parked.key().subject());
        insert.setString(5, parked.source());
        insert.setString(6, parked.id());
        insert.setString(7, event == null ? null : event.type().name());
        insert.setString(8, parked.parkedAt().toString());
        insert.setBytes(9, event == null ? null : RecordWriter.single(event));
        insert.setBytes(10, parked.raw());
        insert.setString(11, storable(parked.contentType()));
        setProgress(insert, 12, parked.progress());
        insert.setString(19, dialect.storable(parked.cause()));
        insert.setString(20, Times.sortable(parked.failedAt()));
        insert.setString(21, replayedBy(parked));
        long sequence;
        try (ResultSet row = insert.executeQuery()) {
            if (!row.next()) {
                return false;
            }
            sequence = row.getLong(1);
        }
        listener.changed(parked.group(), null, parked.progress());
        addFailures(sequence, 0, parked.failures());
        return true;
    }

    private static void setProgress(PreparedStatement statement, int first, Progress progress) throws SQLException {
        statement.setString(first, progress.state().name());
        statement.setInt(first + 1, progress.attempts());
        statement.setString(first + 2, text(progress.dueAt()));
        statement.setString(first + 3, text(progress.failingSince()));
        statement.setString(first + 4, progress.caution().name());
        statement.setInt(first + 5, progress.holds() ? 1 : 0);
        statement.setString(first + 6, text(progress.discardedAt()));
    }

    /// Reads what [#PROGRESS] names.
    static Progress progress(ResultSet row, int first) throws SQLException {
        return new Progress(
                State.valueOf(row.getString(first)),
                row.getInt(first + 1),
                instant(row.getString(first + 2)),
                instant(row.getString(first + 3)),
                Caution.valueOf(row.getString(first + 4)),
                row.getInt(first + 5) == 1,
                instant(row.getString(first + 6)));
    }

    private static @Nullable Instant instant(@Nullable String text) {
        return text == null ? null : Instant.parse(text);
    }

    /// Nothing is said of what was delivered by an empty text, so that it can be part of a unique index.
    private static String replayedBy(ParkedEvent parked) {
        String operation = parked.replayedBy();
        return operation == null ? "" : operation;
    }

    /// Where an event of a group is parked, as it was delivered or as it is replayed; null if it is not.
    @Nullable
    Found anywhere(String group, String source, String id) throws SQLException {
        anywhere.setString(1, group);
        anywhere.setString(2, source);
        anywhere.setString(3, id);
        try (ResultSet row = anywhere.executeQuery()) {
            return row.next() ? new Found(row.getLong(1), progress(row, 2)) : null;
        }
    }

    /// The sequence of an event that was parked within this transaction.
    long sequenceOf(ParkedEvent parked) throws SQLException {
        sequenceOf.setString(1, parked.group());
        sequenceOf.setString(2, parked.source());
        sequenceOf.setString(3, parked.id());
        sequenceOf.setString(4, replayedBy(parked));
        try (ResultSet row = sequenceOf.executeQuery()) {
            if (!row.next()) {
                throw new SQLException(
                        "the event parked a moment ago is not there: " + parked.source() + " " + parked.id());
            }
            return row.getLong(1);
        }
    }

    private boolean change(ParkingChange.OfParked change, ChangeListener listener) throws SQLException {
        Progress before = progressOf(change.group(), change.sequence());
        Progress after = before == null ? null : change.apply(before);
        if (after == null) {
            return false;
        }
        setProgress(update, 1, after);
        update.setLong(8, change.sequence());
        update.executeUpdate();
        Failure failure = change.failure();
        if (failure != null) {
            addFailures(change.sequence(), lastFailure(change.sequence()), List.of(failure));
            newestFailure.setString(1, dialect.storable(failure.cause()));
            newestFailure.setString(2, Times.sortable(failure.at()));
            newestFailure.setLong(3, change.sequence());
            newestFailure.executeUpdate();
        }
        listener.changed(change.group(), before, after);
        return true;
    }

    private void replaceEvent(long sequence, DomainEvent corrected) throws SQLException {
        replaceEvent.setBytes(1, RecordWriter.single(corrected));
        replaceEvent.setString(2, corrected.type().name());
        replaceEvent.setString(3, corrected.orderKey().domain());
        replaceEvent.setString(4, corrected.orderKey().subject());
        replaceEvent.setLong(5, sequence);
        replaceEvent.executeUpdate();
    }

    private boolean complete(String group, long sequence, ChangeListener listener) throws SQLException {
        complete.setLong(1, sequence);
        complete.setString(2, group);
        if (complete.executeUpdate() == 0) {
            return false;
        }
        deleteFailures(sequence, Integer.MAX_VALUE);
        listener.changed(group, Progress.FOLLOWER, null); // it waited; how it had come to that is not counted
        return true;
    }

    /// As [ParkingChange.Mark] has it, in one statement: there are many of them. Nothing changes that is counted.
    private boolean mark(ParkingChange.Mark change) throws SQLException {
        mark.setString(1, change.caution().name());
        mark.setLong(2, change.sequence());
        mark.setString(3, change.group());
        return mark.executeUpdate() == 1;
    }

    /// How far a parked event has come; null if it is not there.
    @Nullable
    Progress progressOf(String group, long sequence) throws SQLException {
        progressOf.setLong(1, sequence);
        progressOf.setString(2, group);
        try (ResultSet row = progressOf.executeQuery()) {
            return row.next() ? progress(row, 1) : null;
        }
    }

    /// The number of the newest failure of an event; 0 if it has none.
    private int lastFailure(long sequence) throws SQLException {
        lastFailure.setLong(1, sequence);
        try (ResultSet row = lastFailure.executeQuery()) {
            return row.next() ? row.getInt(1) : 0;
        }
    }

    private void addFailures(long sequence, int last, List<Failure> failures) throws SQLException {
        int number = last;
        for (Failure failure : failures) {
            number++;
            insertFailure.setLong(1, sequence);
            insertFailure.setInt(2, number);
            insertFailure.setInt(3, failure.attempt());
            insertFailure.setString(4, failure.at().toString());
            insertFailure.setString(5, failure.exception());
            insertFailure.setString(6, dialect.storable(failure.message()));
            insertFailure.setString(7, dialect.storable(failure.stackTrace()));
            insertFailure.setString(8, dialect.storable(failure.cause()));
            insertFailure.executeUpdate();
        }
        if (number > ParkedEvent.MAX_FAILURES) {
            deleteFailures(sequence, number - ParkedEvent.MAX_FAILURES);
        }
    }

    private void deleteFailures(long sequence, int upTo) throws SQLException {
        deleteFailures.setLong(1, sequence);
        deleteFailures.setInt(2, upTo);
        deleteFailures.executeUpdate();
    }

    /// What comes from outside may have any character.
    private @Nullable String storable(@Nullable String text) {
        return text == null ? null : dialect.storable(text);
    }

    private static @Nullable String text(@Nullable Instant instant) {
        return instant == null ? null : instant.toString();
    }

    @Override
    public void close() throws SQLException {
        try (currentSession;
                insert;
                sequenceOf;
                anywhere;
                progressOf;
                update;
                replaceEvent;
                keepBytes;
                newestFailure;
                mark;
                complete;
                lastFailure;
                insertFailure;
                deleteFailures) {
            // Closed by leaving.
        }
    }
}
