package ai.tradesense.catalog;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SchemaRegistryConfig;
import com.networknt.schema.SpecificationVersion;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// One type of the catalog. Its schema is written and compiled when it is first needed. Thread-safe.
final class CatalogEntry {
    /// Decimals as they stand: a bound is compared with what was written, not with the nearest double.
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.USE_FAST_BIG_NUMBER_PARSER)
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .build();

    private static final SchemaRegistryConfig CONFIG = SchemaRegistryConfig.builder()
            .formatAssertionsEnabled(true)
            .preloadSchema(true)
            .build();

    private final EventType type;
    private final Class<? extends EventData> dataClass;
    private final SchemaWriter schemas;
    private volatile @Nullable Compiled compiled;

    private record Compiled(String text, Schema schema) {}

    CatalogEntry(EventType type, Class<? extends EventData> dataClass, SchemaWriter schemas) {
        this.type = type;
        this.dataClass = dataClass;
        this.schemas = schemas;
    }

    EventType type() {
        return type;
    }

    Class<? extends EventData> dataClass() {
        return dataClass;
    }

    String schema() {
        return compiled().text();
    }

    void validate(DomainEvent event) {
        switch (event.data()) {
            case Payload.Value value when dataClass.isInstance(value.value()) -> {
                // Its constructor has checked it.
            }
            case Payload.Value value -> validate(event, value.utf8());
            case Payload.Json json -> validate(event, json.utf8());
            case Payload.Text text -> throw notJson("text");
            case Payload.Binary binary -> throw notJson("binary");
            case Payload.None none -> throw new InvalidEventException("/data", "is missing, expected JSON for " + type);
        }
    }

    private InvalidEventException notJson(String what) {
        return new InvalidEventException("/data", "is " + what + ", expected JSON for " + type);
    }

    private void validate(DomainEvent event, byte[] utf8) {
        JsonNode data;
        try {
            data = MAPPER.readTree(utf8);
        } catch (JacksonException failure) {
            throw new InvalidEventException("/data", "is not JSON: " + failure.getOriginalMessage(), failure);
        }
        List<Error> errors = compiled().schema().validate(data);
        if (!errors.isEmpty()) {
            throw SchemaProblem.of(errors);
        }
        event.dataAs(dataClass); // whose constructor checks what a schema cannot say
    }

    private Compiled compiled() {
        Compiled known = compiled;
        return known != null ? known : compile();
    }

    private synchronized Compiled compile() {
        Compiled known = compiled;
        if (known == null) {
            ObjectNode schema = schemas.write(type, dataClass);
            SchemaRegistry registry = SchemaRegistry.withDefaultDialect(
                    SpecificationVersion.DRAFT_2020_12, builder -> builder.schemaRegistryConfig(CONFIG));
            known = new Compiled(schema.toPrettyString(), registry.getSchema(schema));
            compiled = known;
        }
        return known;
    }
}
