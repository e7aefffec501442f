package ai.tradesense.kafka;

import ai.tradesense.transport.TransportException;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.ClusterAuthorizationException;
import org.apache.kafka.common.errors.DisconnectException;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.errors.TimeoutException;
import org.jspecify.annotations.Nullable;

/// What Kafka refused, or did not answer.
public final class KafkaTransportException extends TransportException {
    /// What kind of trouble it is, which says who can do something about it.
    public enum Reason {
        /// Nobody answered in time; whether what was asked for has happened is not known. Sending the same events
        /// again stores them once.
        NO_ANSWER,
        /// User or password are wrong, or the user may not do this.
        NOT_PERMITTED,
        /// An event is larger than [KafkaSettings#maxMessageBytes]. Nothing of its batch was stored from there on.
        TOO_LARGE,
        /// A topic is not as the settings say, or could forget events.
        UNSUITABLE,
        /// Events were deleted before a group had processed them.
        LOST,
        /// It refuses for a reason of its own.
        REFUSED,
        /// The transport is closed.
        CLOSED
    }

    private final Reason reason;

    KafkaTransportException(Reason reason, String message, @Nullable Throwable cause) {
        super(KafkaTransport.NAME, message, cause);
        this.reason = reason;
    }

    /// What a client of Kafka reported, in the words of this transport.
    ///
    /// @param servers whom it asked
    static KafkaTransportException of(Throwable failure, String servers) {
        return switch (failure) {
            case KafkaTransportException known -> known;
            case TimeoutException silent -> noAnswer(silent, servers);
            case DisconnectException gone -> noAnswer(gone, servers);
            case ClusterAuthorizationException refused ->
                new KafkaTransportException(
                        Reason.NOT_PERMITTED,
                        servers + ": the user has the right to write to no topic at all (" + refused.getMessage() + ")",
                        refused);
            case AuthenticationException refused -> refused(Reason.NOT_PERMITTED, refused, servers);
            case AuthorizationException refused -> refused(Reason.NOT_PERMITTED, refused, servers);
            case RecordTooLargeException refused -> refused(Reason.TOO_LARGE, refused, servers);
            default ->
                failure.getClass() == KafkaException.class && failure.getCause() instanceof KafkaException within
                        ? of(within, servers)
                        : refused(Reason.REFUSED, failure, servers);
        };
    }

    /// Whether a failure is of a kind, or one behind it.
    static boolean isCausedBy(Throwable failure, Class<? extends KafkaException> kind) {
        for (Throwable each = failure; each != null; each = each.getCause()) {
            if (kind.isInstance(each)) {
                return true;
            }
        }
        return false;
    }

    private static KafkaTransportException noAnswer(Throwable failure, String servers) {
        return new KafkaTransportException(
                Reason.NO_ANSWER, "no answer from " + servers + ": " + failure.getMessage(), failure);
    }

    private static KafkaTransportException refused(Reason reason, Throwable failure, String servers) {
        return new KafkaTransportException(reason, servers + ": " + failure.getMessage(), failure);
    }

    public Reason reason() {
        return reason;
    }
}
