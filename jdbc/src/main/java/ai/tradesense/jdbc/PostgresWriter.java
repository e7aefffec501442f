package ai.tradesense.jdbc;

import ai.tradesense.jdbc.DatabaseException.Reason;
import ai.tradesense.store.StoreException;
import java.security.SecureRandom;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A thread with a connection of its own that writes for everybody of this process: what waits when it comes
/// round shares a transaction (group commit). After a failure the connection is given up, and the next group
/// gets a new one.
abstract class PostgresWriter<W extends Write> implements AutoCloseable {
    private static final Duration BETWEEN_PROBES = Duration.ofSeconds(1);
    private static final Logger LOG = LoggerFactory.getLogger(PostgresWriter.class);

    private final PostgresDatabase database;
    private final String role;
    private final String session; // names its connections, and nobody else's
    private final LogMeters meters;
    private final WriteQueue<W> queue;
    private final Thread thread;
    private volatile long failedAt; // in nanoseconds of the JVM
    private volatile @Nullable String trouble;

    // Touched by the writer's thread alone.
    private @Nullable Connection connection;
    private boolean lingers; // a session that was given up may still be at work

    /// @param role names the thread and the connection
    PostgresWriter(PostgresDatabase database, String role, JdbcLog.Settings settings, LogMeters meters) {
        this.database = database;
        this.role = role;
        this.session = role + "-" + HexFormat.of().toHexDigits(new SecureRandom().nextInt());
        this.meters = meters;
        this.queue = new WriteQueue<>(database.name(), settings, this::nanosUntilProbe);
        this.thread =
                Thread.ofPlatform().name("tradesense-log-" + role).daemon(true).unstarted(this::run);
    }

    /// Prepares a connection that was just made.
    abstract void prepare(Connection made) throws SQLException;

    /// Makes writes durable together; if there are none, finds out whether it could.
    abstract void transact(Connection over, List<W> group) throws SQLException;

    void start() {
        thread.start();
    }

    /// Hands a write over and waits until it is durable.
    void write(W write) {
        queue.put(write);
        write.await();
    }

    /// What keeps the last transaction from being durable; null if nothing does.
    @Nullable
    String trouble() {
        return trouble;
    }

    LogMeters meters() {
        return meters;
    }

    /// While nothing can be written, that is tried now and then, because nobody may write before health is good.
    private long nanosUntilProbe() {
        return trouble == null ? Long.MAX_VALUE : failedAt + BETWEEN_PROBES.toNanos() - System.nanoTime();
    }

    private void run() {
        boolean goOn = true;
        while (goOn) {
            goOn = step();
        }
        disconnect();
    }

    private boolean step() {
        List<W> group = new ArrayList<>();
        try {
            boolean goOn = queue.take(group);
            if (!group.isEmpty() || (goOn && trouble != null)) {
                commit(group);
            }
            return goOn;
        } catch (InterruptedException nobodysBusiness) {
            LOG.warn("the {} of {} was interrupted and goes on", role, database.name(), nobodysBusiness);
            return true;
        }
    }

    /// If a transaction fails that several share, each gets one of its own, so that only what is broken fails;
    /// not if it was the database that could do nothing.
    private void commit(List<W> group) {
        try {
            transact(connected(), group);
            if (trouble != null) {
                LOG.info("{} can be written again", database.name());
            }
            trouble = null;
        } catch (SQLException failure) {
            lingers = true;
            disconnect();
            StoreException problem = database.failure("could not be written", failure);
            if (group.size() > 1 && DatabaseException.reasonOf(failure) == Reason.REFUSED) {
                group.forEach(write -> commit(List.of(write)));
            } else {
                failed(group, problem);
            }
        } catch (RuntimeException | Error failure) {
            disconnect();
            if (group.size() > 1) {
                group.forEach(write -> commit(List.of(write)));
            } else {
                failed(group, new StoreException(database.name() + " could not be written: " + failure, failure));
            }
        }
    }

    private Connection connected() throws SQLException {
        Connection open = connection;
        if (open == null) {
            open = database.connect(session);
            connection = open;
            endOthers(open);
            prepare(open);
        }
        return open;
    }

    /// Ends sessions of this writer that were given up, and waits until they have ended: what they still do must not
    /// come after what is written from now on.
    private void endOthers(Connection open) throws SQLException {
        if (!lingers) {
            return;
        }
        try (PreparedStatement end = open.prepareStatement("""
                SELECT pg_terminate_backend(pid, ?) FROM pg_stat_activity
                WHERE application_name = current_setting('application_name') AND pid <> pg_backend_pid()
                  AND usename = current_user""")) {
            end.setLong(1, database.timeout().toMillis() / 2);
            try (ResultSet row = end.executeQuery()) {
                while (row.next()) {
                    if (!row.getBoolean(1)) {
                        throw new SQLException("an earlier session of this writer does not end", "57014");
                    }
                }
            }
        }
        lingers = false;
    }

    private void disconnect() {
        Connection open = connection;
        connection = null;
        try {
            if (open != null) {
                open.close();
            }
        } catch (SQLException failure) {
            LOG.debug("a connection that is given up could not be closed", failure);
        }
    }

    private void failed(List<W> group, StoreException problem) {
        if (trouble == null) {
            LOG.error("{}", problem.getMessage(), problem);
        }
        failedAt = System.nanoTime();
        trouble = problem.getMessage();
        if (!group.isEmpty()) {
            meters.failed();
        }
        group.forEach(write -> write.fail(problem));
    }

    /// Ends what has begun and tells everybody who still waits. Idempotent.
    @Override
    public void close() {
        queue.close();
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join(Duration.ofMinutes(1));
            } catch (InterruptedException again) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
