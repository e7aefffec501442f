package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.InvalidEventException;
import com.rabbitmq.stream.Codec.EncodedMessage;
import com.rabbitmq.stream.MessageBuilder;
import com.rabbitmq.stream.codec.QpidProtonCodec;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/// Beside the implementation that the stream client brings.
class AmqpMessageTest {
    private static final QpidProtonCodec OTHER = new QpidProtonCodec();

    private static byte[] byOther(MessageBuilder builder) throws IOException {
        EncodedMessage encoded = OTHER.encode(builder.build());
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        encoded.writeTo(bytes);
        return Arrays.copyOfRange(bytes.toByteArray(), Integer.BYTES, bytes.size()); // its length comes first
    }

    @Test
    void what_is_written_can_be_read_again() {
        for (int length : new int[] {0, 1, 255, 256, 70_000}) {
            byte[] body = new byte[length];
            new Random(length).nextBytes(body);
            Map<String, Object> properties = new LinkedHashMap<>();
            properties.put("short", "x");
            properties.put("long", "ä".repeat(length / 2 + 1));
            properties.put("flag", true);
            properties.put("number", -7);
            AmqpMessage written = new AmqpMessage("text/plain; charset=utf-8", properties, body);

            AmqpMessage read = AmqpMessage.decode(written.encode());
            assertThat(read.contentType()).isEqualTo("text/plain; charset=utf-8");
            assertThat(read.body()).isEqualTo(body);
            assertThat(read.properties())
                    .containsEntry("long", properties.get("long"))
                    .containsEntry("flag", true)
                    .containsEntry("number", -7L);
        }
        assertThat(AmqpMessage.decode(new AmqpMessage(null, Map.of(), new byte[0]).encode())
                        .body())
                .isEmpty();
    }

    @Test
    void whatever_others_write_can_be_read() throws IOException {
        UUID uuid = UUID.randomUUID();
        byte[] bytes = byOther(OTHER.messageBuilder()
                .properties()
                .messageId(7L)
                .userId(new byte[] {1})
                .to("to")
                .subject("subject")
                .correlationId("correlation")
                .contentType("application/json")
                .contentEncoding("identity")
                .creationTime(5)
                .groupSequence(3)
                .messageBuilder()
                .messageAnnotations()
                .entry("annotation", 1)
                .messageBuilder()
                .applicationProperties()
                .entry("byte", (byte) -1)
                .entry("short", (short) -2)
                .entry("int", 1_000_000)
                .entry("long", Long.MIN_VALUE)
                .entry("float", 1.5f)
                .entry("double", 2.5)
                .entry("char", 'c')
                .entryTimestamp("time", 1_700_000_000_000L)
                .entry("uuid", uuid)
                .entry("bytes", new byte[] {1, 2})
                .entrySymbol("symbol", "s")
                .entry("text", "t")
                .entry("no", false)
                .messageBuilder()
                .addData("hello".getBytes(UTF_8)));

        AmqpMessage read = AmqpMessage.decode(bytes);

        assertThat(read.contentType()).isEqualTo("application/json");
        assertThat(read.body()).isEqualTo("hello".getBytes(UTF_8));
        assertThat(read.properties())
                .containsEntry("byte", -1L)
                .containsEntry("short", -2L)
                .containsEntry("int", 1_000_000L)
                .containsEntry("long", Long.MIN_VALUE)
                .containsEntry("float", 1.5)
                .containsEntry("double", 2.5)
                .containsEntry("time", Date.from(Instant.ofEpochSecond(1_700_000_000)))
                .containsEntry("uuid", uuid.toString())
                .containsEntry("symbol", "s")
                .containsEntry("text", "t")
                .containsEntry("no", false);
    }

    @Test
    void bytes_that_are_no_message_are_refused_and_never_anything_worse() throws IOException {
        byte[] whole = byOther(OTHER.messageBuilder()
                .applicationProperties()
                .entry("name", "value")
                .messageBuilder()
                .addData("hello".getBytes(UTF_8)));
        Random random = new Random(7);
        for (int length = 1; length < whole.length; length++) {
            readOrRefuse(Arrays.copyOf(whole, length));
        }
        for (int round = 0; round < 20_000; round++) {
            byte[] damaged = whole.clone();
            damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            readOrRefuse(damaged);
        }
        assertThatThrownBy(() -> AmqpMessage.decode("hello".getBytes(UTF_8)))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageContaining("is no AMQP 1.0 message");
    }

    private static void readOrRefuse(byte[] bytes) {
        try {
            AmqpMessage.decode(bytes);
        } catch (InvalidEventException refused) {
            assertThat(refused).hasMessageContaining("");
        }
    }

    @Test
    void what_begins_like_a_mark_and_is_none_is_none() {
        byte[] mark = StreamMessages.mark("beginning");
        assertThat(StreamMessages.isMark(mark)).isTrue();
        for (int length = 0; length < mark.length - 5; length++) { // without its empty body it is one
            assertThat(StreamMessages.isMark(Arrays.copyOf(mark, length))).isFalse();
        }
    }
}
