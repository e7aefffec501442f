package ai.tradesense.rabbitmq;

import ai.tradesense.transport.TransportException;
import org.jspecify.annotations.Nullable;

/// What RabbitMQ refused, or did not answer.
public final class RabbitTransportException extends TransportException {
    /// What kind of trouble it is, which says who can do something about it.
    public enum Reason {
        /// There is no connection. It is made anew by itself.
        UNREACHABLE,
        /// No answer came in time, or the connection broke before it came; whether what was asked for has
        /// happened is not known.
        NO_ANSWER,
        /// The broker takes nothing while its memory or disk is short.
        BLOCKED,
        /// User or password are wrong, or the user may not do this.
        NOT_PERMITTED,
        /// With TLS: its certificate is not trusted, or is that of another host.
        NOT_TRUSTED,
        /// It is too old, or has exchanges or queues of these names that are made otherwise.
        UNSUITABLE,
        /// It refuses for a reason of its own, or has no queue for an event.
        REFUSED,
        /// Something that was there is gone: a queue was deleted under its group.
        GONE,
        /// The transport is closed.
        CLOSED
    }

    private final Reason reason;
    private final String sentence;

    RabbitTransportException(Reason reason, String message, @Nullable Throwable cause) {
        super(RabbitTransport.NAME, message, cause);
        this.reason = reason;
        this.sentence = message;
    }

    /// The message without the name of the transport before it.
    String sentence() {
        return sentence;
    }

    public Reason reason() {
        return reason;
    }
}
