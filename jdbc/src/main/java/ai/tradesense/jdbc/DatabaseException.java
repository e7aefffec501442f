package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import java.net.SocketTimeoutException;
import java.sql.SQLException;
import org.jspecify.annotations.Nullable;

/// What a database refused, or did not answer. Trying again is safe.
public final class DatabaseException extends StoreException {
    /// What kind of trouble it is, which says who can do something about it.
    public enum Reason {
        /// There is no connection, or it broke; whether what was asked for has happened is not known. It is made
        /// anew with the next attempt.
        UNREACHABLE,
        /// It took longer than it may. Nothing was changed unless the database did not answer at all; then that
        /// is not known.
        TIMED_OUT,
        /// All connections that read are in use.
        POOL_EXHAUSTED,
        /// User or password are wrong, or the user may not do this.
        NOT_PERMITTED,
        /// Tables of a newer version are in it.
        NEWER_SCHEMA,
        /// Something else is where the tables should be, or the URL is none.
        UNSUITABLE,
        /// Its disk is full. Nothing was changed, and it goes on by itself when there is room.
        DISK_FULL,
        /// It refused for a reason of its own. Nothing was changed.
        REFUSED
    }

    private static final int SQL_STATE_CLASS = 2;

    private final Reason reason;

    DatabaseException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }

    /// The reason of a failure, by its SQLSTATE.
    static Reason reasonOf(SQLException failure) {
        for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof SocketTimeoutException) {
                return Reason.TIMED_OUT;
            }
        }
        String state = failure.getSQLState();
        if (state == null || state.length() < SQL_STATE_CLASS) {
            return Reason.REFUSED;
        }
        return switch (state) {
            case "57014", "55P03", "25P03", "40P01" -> Reason.TIMED_OUT;
            case "57P01", "57P02", "57P03", "57P05", "53300" -> Reason.UNREACHABLE;
            case "42501" -> Reason.NOT_PERMITTED;
            case "53100" -> Reason.DISK_FULL;
            case "3D000" -> Reason.UNSUITABLE;
            default ->
                switch (state.substring(0, SQL_STATE_CLASS)) {
                    case "08" -> Reason.UNREACHABLE;
                    case "28" -> Reason.NOT_PERMITTED;
                    default -> Reason.REFUSED;
                };
        };
    }
}
