package ai.tradesense.jdbc;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A change whose outcome somebody wants to know.
final class ReturningChange<T> extends Change {
    /// What is done within the transaction; may be done a second time.
    @FunctionalInterface
    interface Work<T> {
        /// Does it within the transaction that is open.
        ///
        /// @param afterCommit is given what has to run when the transaction is durable
        T apply(WriteSession session, List<Runnable> afterCommit) throws SQLException;
    }

    private final long bytes;
    private final Work<T> work;
    private final List<Runnable> afterCommit = new ArrayList<>();
    private volatile @Nullable T outcome;

    private ReturningChange(long bytes, Work<T> work) {
        this.bytes = bytes;
        this.work = work;
    }

    /// Has the writer do something and waits until it is durable.
    ///
    /// @param bytes about how much it adds to the database
    static <T> T execute(ChangeWriter writer, long bytes, Work<T> work) {
        ReturningChange<T> change = new ReturningChange<>(bytes, work);
        writer.execute(change);
        return Objects.requireNonNull(change.outcome);
    }

    @Override
    long bytes() {
        return bytes;
    }

    @Override
    void apply(WriteSession session) throws SQLException {
        afterCommit.clear();
        outcome = work.apply(session, afterCommit);
    }

    @Override
    void committed() {
        afterCommit.forEach(Runnable::run);
    }
}
