package ai.tradesense.kafka;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.header.internals.RecordHeader;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.record.TimestampType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventRecordsTest {
    private static final byte[] KEY = "A1".getBytes(UTF_8);

    private final EventRecords reader = new EventRecords();

    private static DomainEvent.Builder event(String source, String type) {
        return DomainEvent.builder(EventType.parse(type))
                .id("e1")
                .source(URI.create(source))
                .subject("A1")
                .time(Instant.parse("2026-01-31T09:30:00.25Z"))
                .data(Payload.json("{\"price\":1.10}".getBytes(UTF_8)));
    }

    private static DomainEvent plainEvent() {
        return event("/orders", "Trading.Order.Placed.v1").build();
    }

    private static List<Header> headersOf(DomainEvent event) {
        ProducerRecord<byte[], byte[]> record = EventRecords.record(event, "t", 0, KEY);
        return new ArrayList<>(List.of(record.headers().toArray()));
    }

    private DomainEvent read(DomainEvent event, List<Header> headers, byte[] key) {
        byte[] value = EventRecords.record(event, "t", 0, KEY).value();
        return reader.event(new ConsumerRecord<>(
                "t",
                0,
                0,
                0,
                TimestampType.CREATE_TIME,
                key.length,
                value.length,
                key,
                value,
                new RecordHeaders(headers),
                Optional.empty()));
    }

    private DomainEvent read(DomainEvent event) {
        return read(event, headersOf(event), KEY);
    }

    @Test
    void what_is_written_is_read_the_same_whatever_came_before() {
        List<DomainEvent> events = List.of(
                plainEvent(),
                event("/orders", "Trading.Order.Filled.v1").build(),
                event("/other", "Trading.Order.Placed.v1").build(),
                event("/orders", "Trading.Order.Placed.v1").critical().build(),
                event("/orders", "Trading.Order.Placed.v1")
                        .dataContentType("application/json")
                        .build(),
                event("/orders", "Trading.Order.Placed.v1")
                        .dataSchema(URI.create("https://example.com/s"))
                        .build(),
                plainEvent());

        for (DomainEvent event : events) {
            assertThat(read(event)).isEqualTo(event);
            assertThat(read(event)).isEqualTo(event);
        }
    }

    @Test
    void headers_may_stand_in_any_order() {
        DomainEvent event = plainEvent();
        List<Header> headers = headersOf(event);

        for (int seed = 0; seed < 200; seed++) {
            Collections.shuffle(headers, new Random(seed));
            assertThat(read(event, headers, KEY)).as("%s", headers).isEqualTo(event);
        }
    }

    @Test
    void a_subject_is_what_its_header_says_whatever_the_key_is() {
        DomainEvent event = plainEvent();

        assertThat(read(event, headersOf(event), "other".getBytes(UTF_8))).isEqualTo(event);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ce_id", "ce_source", "ce_type", "ce_subject", "ce_time", "ce_specversion"})
    void what_is_missing_or_wrong_is_named_although_the_number_of_headers_is_right(String name) {
        DomainEvent event = plainEvent();
        List<Header> missing = headersOf(event);
        missing.replaceAll(header ->
                header.key().equals(name) ? new RecordHeader("foreign", "\u0001 \\".getBytes(UTF_8)) : header);
        List<Header> wrong = headersOf(event);
        wrong.replaceAll(
                header -> header.key().equals(name) ? new RecordHeader(name, "\u0001 \\".getBytes(UTF_8)) : header);

        for (List<Header> headers : List.of(missing, wrong)) {
            assertThatThrownBy(() -> read(event, headers, KEY))
                    .isInstanceOfSatisfying(
                            InvalidEventException.class,
                            problem -> assertThat(problem.pointer()).isEqualTo("/" + name.substring(3)));
        }
    }
}
