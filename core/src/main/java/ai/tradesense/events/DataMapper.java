package ai.tradesense.events;

import java.util.stream.Collectors;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.databind.DatabindException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.json.JsonMapper;

/// Records to JSON and back: decimals as plain numbers that keep their scale, times as RFC 3339 text, unknown
/// properties ignored (a newer publisher may say more), nulls for primitives refused.
final class DataMapper {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .build();

    private DataMapper() {}

    static <T> T read(byte[] utf8, Class<T> type) {
        T value;
        try {
            value = MAPPER.readValue(utf8, type);
        } catch (JacksonException failure) {
            throw new InvalidEventException(
                    pointer(failure),
                    "does not fit " + type.getSimpleName() + ": " + failure.getOriginalMessage(),
                    failure);
        }
        if (value == null) {
            throw new InvalidEventException("/data", "is null, expected a " + type.getSimpleName());
        }
        return value;
    }

    static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JacksonException failure) {
            throw new InvalidEventException(
                    "/data",
                    "cannot write " + value.getClass().getName() + " as JSON: " + failure.getOriginalMessage(),
                    failure);
        }
    }

    private static String pointer(JacksonException failure) {
        if (failure instanceof DatabindException databind) {
            return databind.getPath().stream()
                    .map(step -> step.getPropertyName() != null ? step.getPropertyName() : "" + step.getIndex())
                    .collect(Collectors.joining("/", "/data/", ""))
                    .replaceAll("/$", "");
        }
        return "/data";
    }
}
