package ai.tradesense.jdbc;

import ai.tradesense.operations.InvalidOperationException;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationStep;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.operations.Replay;
import ai.tradesense.operations.ReplayPage;
import ai.tradesense.operations.Steps;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Operations in the log's database, in the same transactions as the changes that they make to parked
/// events.
final class JdbcOperationStore implements OperationStore {
    /// About what an event of an operation adds to the database.
    private static final int ITEM_BYTES = 512;

    /// About what an event that is replayed adds, with its copy.
    private static final int REPLAYED_BYTES = 4_096;

    private static final String BY_ID = "WHERE id = ?";
    private static final String BY_REQUEST = "WHERE request_id = ?";

    private final ChangeWriter writer;
    private final ReadConnections readers;
    private final JdbcParkingStore parking;
    private final Dialect dialect;

    JdbcOperationStore(ChangeWriter writer, ReadConnections readers, JdbcParkingStore parking, Dialect dialect) {
        this.dialect = dialect;
        this.writer = writer;
        this.readers = readers;
        this.parking = parking;
    }

    private static Operation require(Connection connection, String id) throws SQLException {
        return OperationRows.select(connection, BY_ID, id).stream()
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("there is no operation '" + id + "'"));
    }

    /// The operation, for those who would otherwise fail in the writer.
    private Operation require(String id) {
        return find(id).orElseThrow(() -> new NoSuchElementException("there is no operation '" + id + "'"));
    }

    @Override
    public Operation create(Operation operation, List<OperationItem> items) {
        requireKept(operation);
        return ReturningChange.execute(writer, (long) ITEM_BYTES * (items.size() + 1), (session, _) -> {
            Connection connection = session.connection();
            if (operation.requestId() != null) {
                List<Operation> known = OperationRows.select(connection, BY_REQUEST, operation.requestId());
                if (!known.isEmpty()) {
                    return known.getFirst();
                }
            }
            long number = OperationRows.insert(connection, operation, dialect);
            if (operation.replay() == null) {
                OperationRows.insertItems(connection, number, items);
                OperationRows.count(connection, number);
            }
            Operation kept = require(connection, operation.id());
            note(connection, number, kept.createdAt(), kept.actor(), Steps.created(kept));
            return kept;
        });
    }

    /// What an operation is known by and selects by has to come back as it was; what is only told need not.
    private void requireKept(Operation operation) {
        requireKept("/requestId", operation.requestId());
        DeadLetterFilter filter = operation.filter();
        if (filter != null) {
            requireKept("/selection", filter.worker(), filter.subject(), filter.cause(), filter.text());
        }
        Replay replay = operation.replay();
        if (replay != null) {
            requireKept("/selection", replay.worker(), replay.type(), replay.subject());
        }
    }

    private void requireKept(String pointer, @Nullable String... texts) {
        for (String text : texts) {
            if (!dialect.keeps(text)) {
                throw new InvalidOperationException(pointer, "has the character U+0000, which PostgreSQL cannot keep");
            }
        }
    }

    private void note(Connection connection, long operation, Instant at, String by, String text) throws SQLException {
        OperationRows.note(connection, operation, at, dialect.storable(by), dialect.storable(text));
    }

    @Override
    public Optional<Operation> find(String id) {
        return findOne(BY_ID, id);
    }

    @Override
    public Optional<Operation> findByRequest(String requestId) {
        return findOne(BY_REQUEST, requestId);
    }

    private Optional<Operation> findOne(String condition, String value) {
        if (!dialect.keeps(value)) {
            return Optional.empty();
        }
        return readers.read(connection ->
                OperationRows.select(connection, condition, value).stream().findFirst());
    }

    @Override
    public List<Operation> list(@Nullable Long before, int limit) {
        return readers.read(connection -> OperationRows.select(
                connection,
                "WHERE number < ? ORDER BY number DESC LIMIT ?",
                before == null ? (Long) Long.MAX_VALUE : before,
                limit));
    }

    @Override
    public List<Operation> active() {
        return readers.read(connection ->
                OperationRows.select(connection, "WHERE state = 'RUNNING' OR in_progress > 0 ORDER BY number"));
    }

    @Override
    public List<OperationItem> items(String id, @Nullable Status status, int after, int limit) {
        return readers.read(connection -> OperationRows.items(connection, id, status, after, limit));
    }

    @Override
    public List<WorkerShare> inProgress(String id) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement("""
                    SELECT worker, count(*) FROM operation_items
                    WHERE operation = (SELECT number FROM operations WHERE id = ?) AND status = 'IN_PROGRESS'
                    GROUP BY worker ORDER BY worker""")) {
                select.setString(1, id);
                List<WorkerShare> shares = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        shares.add(new WorkerShare(row.getString(1), row.getInt(2)));
                    }
                }
                return shares;
            }
        });
    }

    @Override
    public List<OperationStep> steps(String id) {
        return readers.read(connection -> {
            try (PreparedStatement select = connection.prepareStatement("""
                    SELECT number, at, actor, text FROM operation_steps
                    WHERE operation = (SELECT number FROM operations WHERE id = ?) ORDER BY number""")) {
                select.setString(1, id);
                List<OperationStep> steps = new ArrayList<>();
                try (ResultSet row = select.executeQuery()) {
                    while (row.next()) {
                        steps.add(new OperationStep(
                                row.getInt(1), Instant.parse(row.getString(2)), row.getString(3), row.getString(4)));
                    }
                }
                return steps;
            }
        });
    }

    @Override
    public boolean claim(String id, String instance, Instant now, Instant until) {
        require(id);
        return ReturningChange.execute(writer, ITEM_BYTES, (session, _) -> {
            try (PreparedStatement update = session.connection().prepareStatement("""
                    UPDATE operations SET owner = ?, owned_until = ?
                    WHERE id = ? AND (owner IS NULL OR owner = ? OR owned_until <= ?)""")) {
                update.setString(1, instance);
                update.setString(2, Times.sortable(until));
                update.setString(3, id);
                update.setString(4, instance);
                update.setString(5, Times.sortable(now));
                return update.executeUpdate() == 1;
            }
        });
    }

    @Override
    public void release(String instance) {
        ReturningChange.execute(writer, ITEM_BYTES, (session, _) -> {
            try (PreparedStatement update = session.connection()
                    .prepareStatement("UPDATE operations SET owner = NULL, owned_until = NULL WHERE owner = ?")) {
                update.setString(1, instance);
                return update.executeUpdate();
            }
        });
    }

    private static boolean isOwner(Connection connection, String id, String instance) throws SQLException {
        try (PreparedStatement select =
                connection.prepareStatement("SELECT 1 FROM operations WHERE id = ? AND owner = ?")) {
            select.setString(1, id);
            select.setString(2, instance);
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }

    @Override
    public Operation carryOut(String id, String instance, List<Order> orders, Instant now, @Nullable String step) {
        require(id);
        return ReturningChange.execute(writer, (long) ITEM_BYTES * (orders.size() + 1), (session, afterCommit) -> {
            Connection connection = session.connection();
            Operation operation = require(connection, id);
            if (operation.state() != State.RUNNING || !isOwner(connection, id, instance)) {
                return operation;
            }
            boolean changed = false;
            for (Order order : orders) {
                changed |= carryOut(session, operation, order, afterCommit);
            }
            if (changed && step != null) {
                note(connection, operation.number(), now, OperationStep.PLATFORM, step);
            }
            return require(connection, id);
        });
    }

    /// Carries out one order.
    ///
    /// @return whether it changed the parked event
    private boolean carryOut(WriteSession session, Operation operation, Order order, List<Runnable> afterCommit)
            throws SQLException {
        Connection connection = session.connection();
        if (!isPending(connection, operation.number(), order.number())) {
            return false;
        }
        return switch (order) {
            case Order.Skip(var number, var why) -> {
                put(connection, operation.number(), number, Status.PENDING, Status.SKIPPED, why);
                yield false;
            }
            case Order.Change(var number, var change) -> {
                Progress found = session.parked().progressOf(change.group(), change.sequence());
                boolean changed = parking.apply(session, change, afterCommit);
                if (changed) {
                    put(connection, operation.number(), number, Status.PENDING, Steps.begun(operation.kind()), "");
                } else {
                    String why = Steps.withoutEffect(operation.kind(), found);
                    put(connection, operation.number(), number, Status.PENDING, Status.SKIPPED, why);
                }
                yield changed;
            }
        };
    }

    @Override
    public Operation replay(String id, String instance, ReplayPage page, Instant now, @Nullable String step) {
        require(id);
        return ReturningChange.execute(writer, REPLAYED_BYTES * (page.events().size() + 1L), (session, afterCommit) -> {
            Connection connection = session.connection();
            Operation operation = require(connection, id);
            Replay replay = operation.replay();
            if (replay == null
                    || operation.state() != State.RUNNING
                    || replay.cursor() != page.after()
                    || !isOwner(connection, id, instance)) {
                return operation;
            }
            List<OperationItem> items = new ArrayList<>(page.events().size());
            int first = operation.counts().begun() + 1;
            for (ParkedEvent copy : page.events()) {
                items.add(replayed(session, first + items.size(), copy, afterCommit));
            }
            OperationRows.insertItems(connection, operation.number(), items);
            int parked = (int) items.stream()
                    .filter(item -> item.status() == Status.IN_PROGRESS)
                    .count();
            Counts counts = operation.counts().handedOver(parked, items.size() - parked, page);
            OperationRows.replayed(connection, operation.number(), counts, page.upTo());
            if (parked > 0 && step != null) {
                note(connection, operation.number(), now, OperationStep.PLATFORM, step);
            }
            int missing = counts.begun() - operation.counts().begun() - items.size();
            if (missing > 0) {
                note(connection, operation.number(), now, OperationStep.PLATFORM, Steps.missing(missing));
            }
            return operation.counted(counts).replayed(replay.at(page.upTo()));
        });
    }

    /// Parks one event, unless the group has it parked already.
    private OperationItem replayed(WriteSession session, int number, ParkedEvent copy, List<Runnable> afterCommit)
            throws SQLException {
        ParkedRows.Found known = session.parked().anywhere(copy.group(), copy.source(), copy.id());
        if (known != null) {
            return OperationItem.replayed(number, known.sequence(), copy)
                    .now(Status.SKIPPED, Steps.withoutEffect(OperationKind.REPLAY, known.progress()));
        }
        parking.apply(session, new ParkingChange.Park(copy), afterCommit);
        return OperationItem.replayed(number, session.parked().sequenceOf(copy), copy);
    }

    private static boolean isPending(Connection connection, long operation, int item) throws SQLException {
        try (PreparedStatement select = connection.prepareStatement(
                "SELECT 1 FROM operation_items WHERE operation = ? AND number = ? AND status = 'PENDING'")) {
            select.setLong(1, operation);
            select.setInt(2, item);
            try (ResultSet row = select.executeQuery()) {
                return row.next();
            }
        }
    }

    private void put(Connection connection, long operation, int item, Status from, Status to, String note)
            throws SQLException {
        try (PreparedStatement update = connection.prepareStatement(
                "UPDATE operation_items SET status = ?, note = ? WHERE operation = ? AND number = ?")) {
            update.setString(1, to.name());
            update.setString(2, dialect.storable(note));
            update.setLong(3, operation);
            update.setInt(4, item);
            update.executeUpdate();
        }
        OperationRows.moved(connection, operation, from, to);
    }

    /// What became of an event that was with its worker.
    private record Outcome(int item, Status status, String note) {}

    /// Asks before it writes, because most of the time nothing has become of anything.
    @Override
    public Operation settle(String id, String instance) {
        if (readers.read(connection -> outcomes(connection, id, 1)).isEmpty()) {
            return require(id);
        }
        return ReturningChange.execute(writer, ITEM_BYTES, (session, _) -> {
            Connection connection = session.connection();
            Operation operation = require(connection, id);
            if (isOwner(connection, id, instance)) {
                for (Outcome outcome : outcomes(connection, id, Integer.MAX_VALUE)) {
                    settle(connection, operation, outcome);
                }
            }
            return require(connection, id);
        });
    }

    private void settle(Connection connection, Operation operation, Outcome outcome) throws SQLException {
        if (operation.replay() == null || outcome.status() == Status.FAILED) {
            put(connection, operation.number(), outcome.item(), Status.IN_PROGRESS, outcome.status(), outcome.note());
            return;
        }
        try (PreparedStatement delete =
                connection.prepareStatement("DELETE FROM operation_items WHERE operation = ? AND number = ?")) {
            delete.setLong(1, operation.number());
            delete.setInt(2, outcome.item());
            delete.executeUpdate();
        }
        OperationRows.moved(connection, operation.number(), Status.IN_PROGRESS, outcome.status());
    }

    private static List<Outcome> outcomes(Connection connection, String id, int limit) throws SQLException {
        List<Outcome> outcomes = new ArrayList<>();
        try (PreparedStatement select = connection.prepareStatement("""
                SELECT item.number, parked.sequence, failure.exception, failure.message
                FROM operation_items AS item
                LEFT JOIN parked ON parked.sequence = item.sequence
                LEFT JOIN parked_failures AS failure ON failure.sequence = parked.sequence AND failure.number =
                  (SELECT max(number) FROM parked_failures AS each WHERE each.sequence = parked.sequence)
                WHERE item.operation = (SELECT number FROM operations WHERE id = ?) AND item.status = 'IN_PROGRESS'
                  AND (parked.sequence IS NULL OR parked.state <> 'WAITING')
                LIMIT ?""")) {
            select.setString(1, id);
            select.setInt(2, limit);
            try (ResultSet row = select.executeQuery()) {
                while (row.next()) {
                    boolean gone = row.getObject(2) == null;
                    String exception = row.getString(3);
                    String note = gone || exception == null ? "" : Steps.failed(exception, row.getString(4));
                    outcomes.add(new Outcome(row.getInt(1), gone ? Status.SUCCEEDED : Status.FAILED, note));
                }
            }
        }
        return outcomes;
    }

    @Override
    public Operation end(String id, State end, String why, String by, Instant at) {
        require(id);
        return ReturningChange.execute(writer, ITEM_BYTES, (session, _) -> {
            Connection connection = session.connection();
            Operation operation = require(connection, id);
            if (operation.state() != State.RUNNING) {
                return operation;
            }
            try (PreparedStatement update = connection.prepareStatement(
                    "UPDATE operations SET state = ?, note = ?, ended_at = ? WHERE number = ?")) {
                update.setString(1, end.name());
                update.setString(2, dialect.storable(why));
                update.setString(3, Times.sortable(at));
                update.setLong(4, operation.number());
                update.executeUpdate();
            }
            note(connection, operation.number(), at, by, Steps.ended(end, why));
            return require(connection, id);
        });
    }
}
