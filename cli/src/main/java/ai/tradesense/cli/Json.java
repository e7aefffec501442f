package ai.tradesense.cli;

import java.io.StringWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.util.DefaultPrettyPrinter;

/// A JSON value as it stood: no number is rounded or written in another way.
sealed interface Json {
    JsonFactory FACTORY = new JsonFactory();

    record Fields(Map<String, Json> byName) implements Json {}

    record Items(List<Json> inOrder) implements Json {}

    record Text(String value) implements Json {}

    /// A number, `true`, `false` or `null`, as it was written.
    record Literal(String written) implements Json {
        static final Literal NULL = new Literal("null");
    }

    /// Reads one JSON value.
    ///
    /// @throws JacksonException if it is none
    static Json parse(byte[] utf8) {
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), utf8)) {
            parser.nextToken();
            Json value = read(parser);
            if (parser.nextToken() != null) {
                throw new tools.jackson.core.exc.StreamReadException(parser, "more follows after the JSON value");
            }
            return value;
        }
    }

    /// What is wrong with JSON, without what Jackson says of its input.
    static String problem(JacksonException malformed) {
        return String.valueOf(malformed.getOriginalMessage())
                .replaceAll(" \\(start marker at \\[Source: [^\\]]*\\]\\)", "");
    }

    private static Json read(JsonParser parser) {
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw new tools.jackson.core.exc.StreamReadException(parser, "is empty");
        }
        return switch (token) {
            case START_OBJECT -> {
                Map<String, Json> fields = new LinkedHashMap<>();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String name = parser.currentName();
                    parser.nextToken();
                    fields.put(name, read(parser));
                }
                yield new Fields(fields);
            }
            case START_ARRAY -> {
                List<Json> items = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    items.add(read(parser));
                }
                yield new Items(items);
            }
            case VALUE_STRING -> new Text(parser.getString());
            default -> new Literal(parser.getString());
        };
    }

    /// A field's value; [Literal#NULL] if it is not there or this is no object.
    default Json at(String name) {
        Json value = this instanceof Fields fields ? fields.byName.get(name) : null;
        return value != null ? value : Literal.NULL;
    }

    /// The items of an array; none if this is no array.
    default List<Json> items() {
        return this instanceof Items items ? items.inOrder : List.of();
    }

    default boolean isNull() {
        return equals(Literal.NULL);
    }

    /// The value in words: a string without its quotes, nothing for null, anything else as JSON.
    default String text() {
        return switch (this) {
            case Text text -> text.value;
            case Literal literal -> isNull() ? "" : literal.written;
            case Fields _, Items _ -> compact();
        };
    }

    /// As JSON on one line.
    default String compact() {
        return write(null);
    }

    /// As JSON on several lines.
    default String pretty() {
        return write(new DefaultPrettyPrinter());
    }

    private String write(@Nullable PrettyPrinter layout) {
        StringWriter text = new StringWriter();
        ObjectWriteContext context = layout == null
                ? ObjectWriteContext.empty()
                : new ObjectWriteContext.Base() {
                    @Override
                    public boolean hasPrettyPrinter() {
                        return true;
                    }

                    @Override
                    public PrettyPrinter getPrettyPrinter() {
                        return layout;
                    }
                };
        try (JsonGenerator generator = FACTORY.createGenerator(context, text)) {
            write(this, generator);
        }
        return text.toString();
    }

    private static void write(Json value, JsonGenerator generator) {
        switch (value) {
            case Fields fields -> {
                generator.writeStartObject();
                fields.byName.forEach((name, field) -> {
                    generator.writeName(name);
                    write(field, generator);
                });
                generator.writeEndObject();
            }
            case Items items -> {
                generator.writeStartArray();
                items.inOrder.forEach(item -> write(item, generator));
                generator.writeEndArray();
            }
            case Text text -> generator.writeString(text.value);
            case Literal literal -> generator.writeRawValue(literal.written);
        }
    }
}
