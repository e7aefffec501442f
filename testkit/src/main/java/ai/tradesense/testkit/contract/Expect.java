package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Payload;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/// What suites assert alike.
final class Expect {
    private Expect() {}

    /// That events are the same in every attribute and the same bytes of data.
    static void sameEvents(List<DomainEvent> expected, List<DomainEvent> found) {
        assertEquals(ids(expected), ids(found), "the ids");
        for (int i = 0; i < expected.size(); i++) {
            sameEvent(expected.get(i), found.get(i));
        }
    }

    /// That an event is the same in every attribute and its data the same bytes. An object that was not
    /// encoded when it was sent may come back as the JSON that it stands for.
    static void sameEvent(DomainEvent expected, @Nullable DomainEvent found) {
        CloudEvent wanted = expected.envelope();
        CloudEvent envelope = Objects.requireNonNull(found, () -> "no event where " + expected + " should be")
                .envelope();
        assertEquals(wanted.id(), envelope.id(), "id");
        assertEquals(wanted.source(), envelope.source(), "source of " + expected);
        assertEquals(wanted.type(), envelope.type(), "type of " + expected);
        assertEquals(wanted.subject(), envelope.subject(), "subject of " + expected);
        assertEquals(wanted.time(), envelope.time(), "time of " + expected);
        assertEquals(wanted.dataContentType(), envelope.dataContentType(), "datacontenttype of " + expected);
        assertEquals(wanted.dataSchema(), envelope.dataSchema(), "dataschema of " + expected);
        assertEquals(wanted.extensions(), envelope.extensions(), "extensions of " + expected);
        assertEquals(kind(wanted.data()), kind(envelope.data()), "form of the data of " + expected);
        assertArrayEquals(bytes(wanted.data()), bytes(envelope.data()), "data of " + expected);
    }

    private static String kind(Payload data) {
        return switch (data) {
            case Payload.None none -> "none";
            case Payload.Json json -> "JSON";
            case Payload.Value value -> "JSON";
            case Payload.Text text -> "text";
            case Payload.Binary binary -> "binary";
        };
    }

    private static byte[] bytes(Payload data) {
        return switch (data) {
            case Payload.None none -> new byte[0];
            case Payload.Json json -> json.utf8();
            case Payload.Value value -> value.utf8();
            case Payload.Text text -> text.text().getBytes(java.nio.charset.StandardCharsets.UTF_8);
            case Payload.Binary binary -> binary.bytes();
        };
    }

    static List<String> ids(List<DomainEvent> events) {
        return events.stream().map(DomainEvent::id).toList();
    }

    /// That something becomes true soon; asks in the thread of the caller.
    static void soon(String what, Duration patience, Callable<Boolean> condition) {
        Awaitility.await(what)
                .pollInSameThread()
                .pollDelay(Duration.ZERO)
                .pollInterval(Duration.ofMillis(1))
                .atMost(patience)
                .until(condition);
    }
}
