package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RecordsTest {
    private static final Instant RECORDED = Instant.parse("2026-01-05T09:00:00.123456789Z");

    private static Block block(long firstPosition, List<DomainEvent> events) {
        RecordWriter writer = new RecordWriter(64);
        Block.Builder builder = new Block.Builder(64);
        int start = 0;
        for (DomainEvent event : events) {
            writer.write(event);
            builder.add(writer.bytes(), start, writer.size());
            start = writer.size();
        }
        return new Block(firstPosition, events.size(), builder.toBytes(RECORDED));
    }

    /// What an event is read as: objects come back as their JSON.
    private static CloudEvent expected(DomainEvent event) {
        CloudEvent envelope = event.envelope();
        Payload data = envelope.data() instanceof Payload.Value value ? Payload.json(value.utf8()) : envelope.data();
        return new CloudEvent(
                envelope.id(),
                envelope.source(),
                envelope.type(),
                envelope.subject(),
                envelope.time(),
                envelope.dataContentType(),
                envelope.dataSchema(),
                envelope.extensions(),
                data);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void every_event_is_read_as_it_was_written(long seed) {
        RandomEvents random = new RandomEvents(seed);
        List<DomainEvent> events = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            events.add(random.any());
        }
        Block block = block(42, events);
        BlockCursor cursor = new BlockCursor();

        cursor.open(block);
        for (int i = 0; i < events.size(); i++) {
            assertThat(cursor.next()).isTrue();
            assertThat(cursor.position()).isEqualTo(42 + i);
            assertThat(cursor.record().type()).isSameAs(events.get(i).type());
            assertThat(cursor.event().envelope()).isEqualTo(expected(events.get(i)));
        }
        assertThat(cursor.next()).isFalse();
        assertThat(block.recordedAt()).isEqualTo(RECORDED);
    }

    @Test
    void a_single_event_is_read_as_it_was_written() {
        RandomEvents random = new RandomEvents(9);
        RecordReader reader = new RecordReader();
        for (int i = 0; i < 1_000; i++) {
            DomainEvent event = random.any();
            assertThat(reader.single(RecordWriter.single(event)).envelope()).isEqualTo(expected(event));
        }
        assertThatThrownBy(() -> reader.single(new byte[] {9, 0, 0}))
                .isInstanceOf(InvalidEventException.class)
                .hasMessage("an event is stored in format 9, expected 1");
    }

    @Test
    void a_cursor_moves_to_a_position_and_says_when_it_is_not_there() {
        List<DomainEvent> events = new RandomEvents(1).plain(10);
        BlockCursor cursor = new BlockCursor();
        cursor.open(block(100, events));

        cursor.moveTo(107);

        assertThat(cursor.event().id()).isEqualTo(events.get(7).id());
        assertThatThrownBy(() -> cursor.moveTo(110))
                .isInstanceOf(NoSuchElementException.class)
                .hasMessage("position 110 is not in the block at 100 of 10 events");
    }

    @Test
    void text_that_has_no_encoding_is_refused_and_leaves_nothing_behind() {
        RecordWriter writer = new RecordWriter(64);
        DomainEvent broken = DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id("1")
                .source(URI.create("/source"))
                .subject("account")
                .time(RECORDED)
                .dataContentType("text/plain")
                .data(Payload.text("half \uD83D of a pair"))
                .build();

        assertThatThrownBy(() -> writer.write(broken))
                .isInstanceOf(InvalidEventException.class)
                .hasMessage("/data: is text with half of a surrogate pair, which has no encoding");
        assertThat(writer.size()).isZero();
    }

    @Test
    void a_record_that_cannot_be_read_is_passed_over_and_its_bytes_are_at_hand() {
        List<DomainEvent> events = new RandomEvents(3).plain(3);
        Block sound = block(1, events);
        BlockCursor cursor = new BlockCursor();
        cursor.open(sound);
        cursor.next();
        int second = Block.HEADER_BYTES + cursor.raw().length;
        byte[] bytes = sound.bytes().clone();
        bytes[second + RecordWriter.LENGTH_BYTES] = 0x07; // a kind of payload that there is not

        cursor.open(new Block(1, 3, bytes));
        cursor.next();
        assertThat(cursor.event().id()).isEqualTo(events.get(0).id());
        cursor.next();
        assertThatThrownBy(cursor::event).hasMessageContaining("a payload of the unknown kind 7");
        assertThat(cursor.raw()).hasSizeGreaterThan(100).contains(7);
        assertThat(cursor.covered()).isEqualTo(1);
        cursor.next();
        assertThat(cursor.event().id()).isEqualTo(events.get(2).id());
    }

    @Test
    void behind_a_wrong_length_the_rest_of_the_block_is_one_thing_that_cannot_be_read() {
        Block sound = block(1, new RandomEvents(3).plain(5));
        BlockCursor cursor = new BlockCursor();
        cursor.open(sound);
        cursor.next();
        int second = Block.HEADER_BYTES + cursor.raw().length;
        byte[] bytes = sound.bytes().clone();
        bytes[second] = 0x7f;

        cursor.open(new Block(1, 5, bytes));
        cursor.next();
        assertThat(cursor.next()).isTrue();
        assertThat(cursor.covered()).isEqualTo(4);
        assertThat(cursor.raw()).hasSize(bytes.length - second);
        assertThatThrownBy(cursor::event).isInstanceOf(InvalidEventException.class);
        assertThat(cursor.next()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatever_happens_to_the_bytes_every_position_is_accounted_for(long seed) {
        Random random = new Random(seed);
        Block sound = block(1, new RandomEvents(seed).plain(20));
        BlockCursor cursor = new BlockCursor();
        for (int round = 0; round < 3_000; round++) {
            byte[] bytes = sound.bytes().clone();
            for (int i = random.nextInt(4); i >= 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
            }
            if (random.nextInt(5) == 0) {
                bytes = java.util.Arrays.copyOf(bytes, random.nextInt(bytes.length));
            }
            int positions = 0;
            cursor.open(new Block(1, 20, bytes));
            while (cursor.next()) {
                positions += cursor.covered();
                try {
                    assertThat(cursor.event().id()).isNotEmpty();
                } catch (AssertionError wrong) {
                    throw wrong;
                } catch (RuntimeException unreadable) {
                    assertThat(cursor.raw()).isNotNull();
                }
            }
            assertThat(positions).isEqualTo(20);
        }
    }
}
