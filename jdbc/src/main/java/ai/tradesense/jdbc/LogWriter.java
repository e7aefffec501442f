package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one thread that writes. Everything that waits when it comes round shares a transaction and its fsync
/// (group commit): the busier the log, the more events per fsync. Callers wait until what they brought is
/// durable, and before that while too much is waiting already.
///
/// Positions of groups are not waited for. They go along with a commit when they are due.
///
/// The thread has a loop of four lines; what it does is in [#step].
final class LogWriter implements ChangeWriter, AutoCloseable {
    /// What a transaction adds to the WAL besides what it was brought: the pages that lead to what it changed.
    private static final long COMMIT_BYTES = 16 * 1_024;

    private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);

    private final SqliteDatabase database;
    private final JdbcLog.Settings settings;
    private final LogTail tail;
    private final StreamIndex streams;
    private final GroupPositions positions;
    private final Checkpointer checkpointer;
    private final LogMeters meters;
    private final Connection connection;
    private final WriteQueue<Write> queue;
    private final Thread thread;

    // Touched by the writer's thread alone, and by the constructor before it starts.
    private @Nullable SqliteSession session;

    private volatile @Nullable String trouble;

    LogWriter(
            SqliteDatabase database,
            Connection connection,
            SqliteSession session,
            JdbcLog.Settings settings,
            LogTail tail,
            StreamIndex streams,
            GroupPositions positions,
            Checkpointer checkpointer,
            LogMeters meters) {
        this.database = database;
        this.connection = connection;
        this.session = session;
        this.settings = settings;
        this.tail = tail;
        this.streams = streams;
        this.positions = positions;
        this.checkpointer = checkpointer;
        this.meters = meters;
        this.queue = new WriteQueue<>(database.name(), settings, positions::nanosUntilDueIfAny);
        this.thread =
                Thread.ofPlatform().name("tradesense-log-writer").daemon(true).unstarted(this::run);
    }

    void start() {
        thread.start();
    }

    /// Hands a write over and waits until it is durable.
    ///
    /// @throws StoreException if it has not become so, or that is not known; or if this is closed
    void execute(Write write) {
        queue.put(write);
        write.await();
    }

    @Override
    public void execute(Change change) {
        execute((Write) change);
    }

    /// Has positions that were settled made durable in good time. Never blocks for long.
    void positionsSettled() {
        if (positions.markDirty()) {
            queue.wake();
        }
    }

    /// What keeps the last transaction from being durable; null if nothing does.
    @Nullable
    String trouble() {
        return trouble;
    }

    private void run() {
        boolean goOn = true;
        while (goOn) {
            goOn = step();
        }
    }

    /// Waits for work and does it; false when there will be none any more.
    private boolean step() {
        List<Write> group = new ArrayList<>();
        boolean goOn = takeGroup(group);
        if (!group.isEmpty() || positions.isDirty()) {
            commit(group);
            checkpointer.committed(connection);
        }
        return goOn;
    }

    private boolean takeGroup(List<Write> group) {
        try {
            return queue.take(group);
        } catch (InterruptedException nobodysBusiness) {
            LOG.warn("the writer of {} was interrupted and goes on", database.file(), nobodysBusiness);
            return true;
        }
    }

    /// If a transaction fails that several share, each gets one of its own, so that only what is broken fails.
    private void commit(List<Write> group) {
        try {
            transact(group);
        } catch (SQLException | RuntimeException | Error failure) {
            if (group.size() > 1) {
                for (Write write : group) {
                    commit(List.of(write));
                }
            } else {
                failed(group, failure);
            }
        }
    }

    private void failed(List<Write> group, Throwable failure) {
        positions.postpone();
        String what = "could not be written";
        String problem = database.file() + " " + what + ": " + failure.getMessage();
        if (trouble == null) {
            LOG.error("{}", problem, failure);
        }
        trouble = problem;
        meters.failed();
        for (Write write : group) {
            write.fail(
                    failure instanceof SQLException refused
                            ? database.failure(what, refused)
                            : new StoreException(problem, failure));
        }
    }

    private void transact(List<Write> group) throws SQLException {
        long start = meters.nanoTime();
        boolean durable = false;
        SqliteSession current = session();
        try {
            current.begin();
            boolean sharesPositions = group.isEmpty() || queue.isClosed() || positions.isDue();
            for (Write write : group) {
                apply(write, current);
                sharesPositions |= write.events() == 0;
            }
            current.appender().flush();
            if (sharesPositions) {
                positions.write(current.positions());
            }
            current.commit();
            durable = true;
        } finally {
            if (!durable) {
                rollBack();
            }
        }
        positions.written();
        trouble = null;
        Appended appended = current.appender().takeAppended();
        meters.committed(appended, start);
        checkpointer.grown(bytes(group));
        if (!tail.add(appended)) { // something failed between an earlier commit and this
            tail.skipTo(appended.nextPosition() - 1);
        }
        streams.add(appended);
        for (Write write : group) {
            write.committed();
            write.succeed();
        }
        if (!appended.events().isEmpty()) {
            tail.signal();
        }
    }

    private void apply(Write write, SqliteSession session) throws SQLException {
        switch (write) {
            case Append append -> session.appender().append(append, streams);
            case Change change -> change.apply(session);
            case GroupJoin join -> join.apply(session);
        }
    }

    private static long bytes(List<Write> group) {
        long bytes = COMMIT_BYTES;
        for (Write write : group) {
            bytes += write.bytes();
        }
        return bytes;
    }

    private SqliteSession session() throws SQLException {
        SqliteSession current = session;
        if (current == null) {
            current = new SqliteSession(connection, settings.clock());
            session = current;
        }
        return current;
    }

    /// What the session remembers of the end of the log may be wrong now, so the next transaction begins a new
    /// one.
    private void rollBack() {
        SqliteSession broken = session;
        session = null;
        positions.notWritten();
        try (broken;
                var statement = connection.createStatement()) {
            statement.execute("ROLLBACK");
        } catch (SQLException failure) {
            LOG.debug("no transaction was open any more, or the statements were closed already", failure);
        }
    }

    /// Ends what has begun, makes positions durable, and tells everybody who still waits. Idempotent.
    @Override
    public void close() {
        queue.close();
        joinUninterruptibly();
    }

    private void joinUninterruptibly() {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join(TimeUnit.MINUTES.toMillis(1));
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
