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
        /// Too few replicas have what was stored, so that it may not survive a failover. Sending it again waits for
        /// them again.
        NOT_REPLICATED,
        /// User or password are wrong, or the user may not do this.
        NOT_PERMITTED,
        /// Its certificate is not trusted or is of another host, it does not trust ours, or it speaks no TLS.
        NOT_TRUSTED,
        /// It is too old, would forget events, or holds them in another form than was asked for.
        UNSUITABLE,
        /// It is a replica, loads its data, cannot write its file, or refuses for a reason of its own.
        REFUSED,
        /// It no longer has what it had confirmed. This is delivered to groups, never thrown.
        LOST,
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

    /// Whether Redis has said nothing at all.
    boolean isWithoutAnswer() {
        return reason == Reason.UNREACHABLE || reason == Reason.NO_ANSWER;
    }
}
