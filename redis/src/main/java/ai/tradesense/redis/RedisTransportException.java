package ai.tradesense.redis;

import ai.tradesense.transport.TransportException;
import org.jspecify.annotations.Nullable;

/// What Redis refused, or did not answer.
public final class RedisTransportException extends TransportException {
    /// What kind of trouble it is, which says who can do something about it.
    public enum Reason {
        /// There is no connection. It is made anew with the next attempt.
        UNREACHABLE,
        /// No answer came in time; whether what was asked for has happened is not known.
        NO_ANSWER,
        /// `maxmemory` is reached. Nothing was stored.
        FULL,
        /// User or password are wrong, or the user may not do this.
        NOT_PERMITTED,
        /// It is too old, would forget events, or holds them in another form than was asked for.
        UNSUITABLE,
        /// It is a replica, loads its data, cannot write its file, or refuses for a reason of its own.
        REFUSED,
        /// The transport is closed.
        CLOSED
    }

    private final Reason reason;

    RedisTransportException(Reason reason, String message, @Nullable Throwable cause) {
        super(RedisTransport.NAME, message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
