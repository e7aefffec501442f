package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.US_ASCII;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.rabbitmq.Outgoing.Identity;
import com.rabbitmq.client.AMQP.BasicProperties;
import com.rabbitmq.stream.Message;
import com.rabbitmq.stream.codec.SimpleCodec;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What stands in streams: events in the binary mode of CloudEvents' AMQP binding, as application properties
/// `cloudEvents_…` of an AMQP 1.0 message, and marks, which are no events and which readers leave out.
///
/// What is an event and what is none is decided by [EventBinding], as in queues.
final class StreamMessages {
    /// The largest message: what fits into a frame of the broker's default (`stream.frame_max`), with its head.
    static final int MAX_BYTES = (1 << 20) - 64;

    private static final String FORM = "tradesense_form"; // what the binding cannot tell, see EventBinding
    private static final String MARK = "tradesense_mark";
    private static final byte[] MARK_NAME = MARK.getBytes(US_ASCII);
    private static final int MARK_AT = 14; // where its name stands: the only property of a message without others
    private static final String APP_ID = "tradesense";
    private static final SimpleCodec CODEC = new SimpleCodec();

    private StreamMessages() {}

    /// An event as the bytes of a message.
    static byte[] encode(CloudEvent event) {
        Map<String, Object> attributes = EventBinding.headers(event);
        attributes.put(FORM, EventBinding.formName(event));
        return new AmqpMessage(EventBinding.contentType(event), attributes, EventBinding.body(event)).encode();
    }

    /// A message that says something to the transports of a prefix, and to nobody else.
    static byte[] mark(String text) {
        return new AmqpMessage(null, Map.of(MARK, text), new byte[0]).encode();
    }

    /// Whether a message is a mark; looks at a few bytes only.
    static boolean isMark(byte[] body) {
        int end = MARK_AT + MARK_NAME.length;
        if (body.length < end || !Arrays.equals(body, MARK_AT, end, MARK_NAME, 0, MARK_NAME.length)) {
            return false;
        }
        try {
            return AmqpMessage.decode(body).properties().containsKey(MARK);
        } catch (InvalidEventException foreign) {
            return false;
        }
    }

    /// Lines of text as a message.
    static byte[] text(byte[] utf8) {
        return new AmqpMessage(null, Map.of(), utf8).encode();
    }

    /// What is handed to the client.
    static Message wrapped(byte[] bytes) {
        return CODEC.messageBuilder().addData(bytes).build();
    }

    /// What identifies the event of a message; null if it is none in binary mode.
    static @Nullable Identity identity(AmqpMessage message) {
        return EventBinding.identity(properties(message));
    }

    /// Reads the event of a message.
    ///
    /// @throws ai.tradesense.events.InvalidEventException saying where and what is wrong
    static DomainEvent event(AmqpMessage message) {
        return EventBinding.read(properties(message), message.body());
    }

    private static BasicProperties properties(AmqpMessage message) {
        BasicProperties.Builder builder =
                new BasicProperties.Builder().contentType(message.contentType()).headers(message.properties());
        if (message.properties().get(FORM) instanceof String form) {
            builder.appId(APP_ID).type(form);
        }
        return builder.build();
    }
}
