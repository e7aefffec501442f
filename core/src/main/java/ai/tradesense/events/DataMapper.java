package ai.tradesense.events;

import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.StreamWriteFeature;
import tools.jackson.core.exc.InputCoercionException;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.JsonRecyclerPools;
import tools.jackson.databind.DeserializationContext;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.MapperFeature;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.SerializationContext;
import tools.jackson.databind.cfg.CoercionAction;
import tools.jackson.databind.cfg.CoercionInputShape;
import tools.jackson.databind.cfg.DateTimeFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.deser.std.StdDeserializer;
import tools.jackson.databind.exc.InvalidNullException;
import tools.jackson.databind.exc.MismatchedInputException;
import tools.jackson.databind.exc.ValueInstantiationException;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.module.SimpleModule;
import tools.jackson.databind.ser.std.StdSerializer;
import tools.jackson.databind.type.LogicalType;

/// Records to JSON and back: decimals as plain numbers that keep their scale, times as RFC 3339 text, unknown
/// properties ignored (a newer publisher may say more), missing ones refused as [RequiredComponents] says.
/// Nothing is taken for what it is not: no text for a number, no number for a text, no fraction for an integer.
final class DataMapper {
    private static final String DATA = "/data";

    // Buffers are kept per thread: lanes live long, and a pool that all of them share costs more than it saves.
    private static final JsonMapper MAPPER = JsonMapper.builder(JsonFactory.builder()
                    .recyclerPool(JsonRecyclerPools.threadLocalPool())
                    .build())
            .enable(StreamWriteFeature.WRITE_BIGDECIMAL_AS_PLAIN)
            .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .enable(EnumFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .disable(DateTimeFeature.WRITE_DATES_AS_TIMESTAMPS)
            .disable(DateTimeFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
            .withCoercionConfig(
                    LogicalType.Textual,
                    text -> text.setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                            .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
            .annotationIntrospector(new RequiredComponents())
            .addModule(new SimpleModule("RFC 3339")
                    .addSerializer(Instant.class, new InstantWriter())
                    .addDeserializer(Instant.class, new InstantReader()))
            .addModule(new RecordConstructors())
            .build();

    private static final Map<Class<?>, String> WORDS = Map.of(
            String.class, "text",
            BigDecimal.class, "a number",
            double.class, "a number",
            int.class, "an integer",
            Integer.class, "an integer",
            long.class, "an integer",
            Long.class, "an integer",
            boolean.class, "true or false",
            Boolean.class, "true or false",
            Instant.class, "a time such as 2026-01-31T09:30:00Z");

    private DataMapper() {}

    /// A reader knows how its type is read; the mapper would look that up for every event.
    private static final ClassValue<ObjectReader> READERS = new ClassValue<>() {
        @Override
        protected ObjectReader computeValue(Class<?> type) {
            return MAPPER.readerFor(type);
        }
    };

    static <T> T read(byte[] utf8, Class<T> type) {
        try (JsonParser parser = MAPPER.createParser(utf8)) {
            T value;
            try {
                value = type.cast(READERS.get(type).readValue(parser));
            } catch (JacksonException failure) {
                throw problem(failure, parser);
            }
            if (value == null) {
                throw new InvalidEventException(DATA, "is null, expected " + expected(type));
            }
            return value;
        }
    }

    static byte[] write(Object value) {
        try {
            return MAPPER.writeValueAsBytes(value);
        } catch (JacksonException failure) {
            throw new InvalidEventException(
                    pointer(failure),
                    "cannot be written as JSON, in a " + value.getClass().getName() + ": "
                            + failure.getOriginalMessage(),
                    failure);
        }
    }

    private static String pointer(JacksonException failure) {
        StringBuilder pointer = new StringBuilder(DATA);
        for (JacksonException.Reference step : failure.getPath()) {
            String name = step.getPropertyName();
            if (name != null) {
                pointer.append(InvalidEventException.step(name));
            } else if (step.getIndex() >= 0) {
                pointer.append('/').append(step.getIndex());
            }
        }
        return pointer.toString();
    }

    private static InvalidEventException problem(JacksonException failure, JsonParser parser) {
        String pointer = pointer(failure);
        InvalidEventException rule = ruleBehind(failure);
        if (rule == null) {
            return new InvalidEventException(pointer, words(failure, parser), failure);
        }
        // What a record's constructor says of its own component; the record may be part of another.
        String within = rule.pointer().startsWith(DATA) ? rule.pointer().substring(DATA.length()) : rule.pointer();
        return new InvalidEventException(pointer + within, rule.problem(), failure);
    }

    private static @Nullable InvalidEventException ruleBehind(Throwable failure) {
        for (Throwable cause = failure.getCause(); cause != null; cause = cause.getCause()) {
            if (cause instanceof InvalidEventException rule) {
                return rule;
            }
        }
        return null;
    }

    private static String words(JacksonException failure, JsonParser parser) {
        Throwable cause = failure.getCause();
        return switch (failure) {
            case InvalidNullException _ -> "is null, expected a value";
            case ValueInstantiationException _ when cause != null -> String.valueOf(cause.getMessage());
            case MismatchedInputException mismatch when isMissing(mismatch) -> "is missing";
            case MismatchedInputException mismatch ->
                "is " + found(parser) + ", expected " + expected(mismatch.getTargetType());
            case InputCoercionException _ -> "does not fit: " + failure.getOriginalMessage();
            case StreamReadException _ -> "is not well-formed JSON: " + failure.getOriginalMessage();
            default -> "cannot be read: " + failure.getOriginalMessage();
        };
    }

    private static boolean isMissing(MismatchedInputException mismatch) {
        return String.valueOf(mismatch.getOriginalMessage()).startsWith("Missing required creator property");
    }

    private static String found(JsonParser parser) {
        return switch (parser.currentToken()) {
            case START_OBJECT, PROPERTY_NAME, END_OBJECT -> "an object";
            case START_ARRAY, END_ARRAY -> "an array";
            case VALUE_STRING -> InvalidEventException.quote(parser.getString());
            case null, default -> String.valueOf(parser.getString());
        };
    }

    private static String expected(@Nullable Class<?> type) {
        if (type == null) {
            return "another type";
        }
        if (type.isEnum()) {
            return "one of " + Arrays.toString(type.getEnumConstants());
        }
        if (type.isRecord() || Map.class.isAssignableFrom(type)) {
            return "an object";
        }
        if (type.isArray() || Collection.class.isAssignableFrom(type)) {
            return "an array";
        }
        return WORDS.getOrDefault(type, "a " + type.getSimpleName());
    }

    private static final class InstantReader extends StdDeserializer<Instant> {
        InstantReader() {
            super(Instant.class);
        }

        @Override
        public @Nullable Instant deserialize(JsonParser parser, DeserializationContext context) {
            if (parser.currentToken() != JsonToken.VALUE_STRING) {
                return (Instant) context.handleUnexpectedToken(getValueType(context), parser);
            }
            return Rfc3339.parse(parser.getString());
        }
    }

    private static final class InstantWriter extends StdSerializer<Instant> {
        InstantWriter() {
            super(Instant.class);
        }

        @Override
        public void serialize(Instant time, JsonGenerator generator, SerializationContext context) {
            generator.writeString(Rfc3339.format(time));
        }
    }
}
