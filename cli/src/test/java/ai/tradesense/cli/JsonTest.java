package ai.tradesense.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.core.JacksonException;

final class JsonTest {
    private static Json parse(String text) {
        return Json.parse(text.getBytes(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0",
                "-0.0",
                "1.10",
                "1E+400",
                "123456789012345678901234567890.123456789012345678901234567890",
                "true",
                "null",
                "\"\"",
                "[]",
                "{}",
                "{\"a\":[1.0,{\"b\":null}],\"c\":\"ä\\n\\\"\"}"
            })
    void what_is_read_is_written_as_it_was(String text) {
        assertThat(parse(text).compact()).isEqualTo(text);
        assertThat(parse(parse(text).pretty()).compact()).isEqualTo(text);
    }

    @Test
    void what_is_not_there_is_null_and_reads_as_nothing() {
        Json json = parse("{\"a\":null,\"b\":[1]}");

        assertThat(json.at("a").isNull()).isTrue();
        assertThat(json.at("missing").text()).isEmpty();
        assertThat(json.at("b").at("deeper").isNull()).isTrue();
        assertThat(json.at("b").text()).isEqualTo("[1]");
        assertThat(json.items()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "{", "[1,]", "{} {}", "nul", "\"open"})
    void what_is_no_json_is_refused(String text) {
        assertThatThrownBy(() -> parse(text)).isInstanceOf(JacksonException.class);
    }
}
