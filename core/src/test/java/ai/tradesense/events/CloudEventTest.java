package ai.tradesense.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CloudEventTest {
    private static CloudEvent event(Map<String, Object> extensions) {
        return new CloudEvent("1", URI.create("/s"), "t", null, null, null, null, extensions, Payload.NONE);
    }

    private static CloudEvent event(@Nullable String dataContentType, Payload data) {
        return new CloudEvent("1", URI.create("/s"), "t", null, null, dataContentType, null, Map.of(), data);
    }

    private static String pointerOf(Runnable creation) {
        return catchThrowableOfType(InvalidEventException.class, creation::run).pointer();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"id", "source", "specversion", "type", "subject", "time", "datacontenttype", "dataschema", "data"
            })
    void an_extension_cannot_bear_a_name_of_the_specification(String name) {
        assertThat(pointerOf(() -> event(Map.of(name, "x")))).isEqualTo("/" + name);
    }

    @Test
    void a_malformed_extension_name_is_named_by_an_escaped_pointer() {
        assertThat(pointerOf(() -> event(Map.of("a/b~c", "x")))).isEqualTo("/a~1b~0c");
        assertThat(pointerOf(() -> event(Map.of("correlationId", "x")))).isEqualTo("/correlationId");
        assertThat(pointerOf(() -> event(Map.of("", "x")))).isEqualTo("/");
    }

    @Test
    void an_extension_is_a_boolean_an_integer_or_a_string() {
        assertThat(event(Map.of("a", true, "b", 1, "c", "x")).extensions()).hasSize(3);
        for (Object value : new Object[] {1L, 1.5, 'c', Instant.EPOCH, URI.create("/x"), Map.of()}) {
            assertThat(pointerOf(() -> event(Map.of("ext", value)))).isEqualTo("/ext");
        }
        Map<String, Object> withNull = new HashMap<>();
        withNull.put("ext", null);
        assertThat(pointerOf(() -> event(withNull))).isEqualTo("/ext");
    }

    @Test
    void extensions_are_copied() {
        Map<String, Object> extensions = new HashMap<>(Map.of("a", 1));
        CloudEvent event = event(extensions);
        extensions.put("b", 2);

        assertThat(event.extensions()).containsOnlyKeys("a");
    }

    @Test
    void extensions_are_copied_although_there_are_none() {
        Map<String, Object> extensions = new HashMap<>();
        CloudEvent event = event(extensions);
        extensions.put("b", 2);

        assertThat(event.extensions()).isEmpty();
    }

    @Test
    void every_attribute_is_checked_for_characters_that_no_attribute_may_hold() {
        UnaryOperator<String> broken = text -> text + "\u0000";
        URI source = URI.create("/s");

        assertThat(pointerOf(() ->
                        new CloudEvent(broken.apply("1"), source, "t", null, null, null, null, Map.of(), Payload.NONE)))
                .isEqualTo("/id");
        assertThat(pointerOf(() ->
                        new CloudEvent("1", source, broken.apply("t"), null, null, null, null, Map.of(), Payload.NONE)))
                .isEqualTo("/type");
        assertThat(pointerOf(() ->
                        new CloudEvent("1", source, "t", broken.apply("s"), null, null, null, Map.of(), Payload.NONE)))
                .isEqualTo("/subject");
        assertThat(pointerOf(() -> event(Map.of("ext", broken.apply("x"))))).isEqualTo("/ext");
    }

    @Test
    void a_time_that_rfc_3339_cannot_hold_is_refused() {
        assertThat(pointerOf(() -> new CloudEvent(
                        "1", URI.create("/s"), "t", null, Instant.MAX, null, null, Map.of(), Payload.NONE)))
                .isEqualTo("/time");
    }

    @Test
    void the_content_type_must_fit_the_data() {
        Payload json = Payload.json(new byte[] {'1'});

        assertThat(event(null, json).data()).isSameAs(json);
        assertThat(event("application/vnd.x+json; v=1", Payload.value(1)).data())
                .isInstanceOf(Payload.Value.class);
        assertThat(event("text/plain", Payload.text("x")).data()).isEqualTo(Payload.text("x"));
        assertThat(event("application/json", Payload.binary(new byte[1])).data())
                .isInstanceOf(Payload.Binary.class);
        assertThat(event(null, Payload.binary(new byte[1])).data()).isInstanceOf(Payload.Binary.class);
        assertThat(pointerOf(() -> event("text/plain", json))).isEqualTo("/datacontenttype");
        assertThat(pointerOf(() -> event("text/plain", Payload.value(1)))).isEqualTo("/datacontenttype");
        assertThat(pointerOf(() -> event("application/json", Payload.text("x"))))
                .isEqualTo("/datacontenttype");
        assertThat(pointerOf(() -> event(null, Payload.text("x")))).isEqualTo("/datacontenttype");
    }
}
