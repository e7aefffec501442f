package ai.tradesense.catalog;

import ai.tradesense.catalog.rules.AtMost;
import ai.tradesense.catalog.rules.Currency;
import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Email;
import ai.tradesense.catalog.rules.LongText;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import com.github.victools.jsonschema.generator.FieldScope;
import com.github.victools.jsonschema.generator.Option;
import com.github.victools.jsonschema.generator.OptionPreset;
import com.github.victools.jsonschema.generator.SchemaGenerator;
import com.github.victools.jsonschema.generator.SchemaGeneratorConfigBuilder;
import com.github.victools.jsonschema.generator.SchemaVersion;
import java.lang.annotation.Annotation;
import java.math.BigDecimal;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// Writes the JSON Schema (draft 2020-12) of a record: every component is required unless it is [Nullable];
/// properties that the schema does not name are allowed, so that a newer publisher may say more. Thread-safe.
final class SchemaWriter {
    private static final String CURRENCY_PATTERN = "^[A-Z]{3}$";
    private static final String EMAIL_PATTERN = "^[^@]+@[^@]+$";

    private final JsonMapper mapper = JsonMapper.builder().build();
    private @Nullable SchemaGenerator generator; // made when it is first needed: it takes its time

    private static SchemaGenerator generator(JsonMapper mapper) {
        SchemaGeneratorConfigBuilder config = new SchemaGeneratorConfigBuilder(
                        mapper, SchemaVersion.DRAFT_2020_12, OptionPreset.PLAIN_JSON)
                .with(Option.STANDARD_FORMATS, Option.INLINE_ALL_SCHEMAS)
                .without(Option.SCHEMA_VERSION_INDICATOR);
        config.forTypesInGeneral().withPropertySorter((_, _) -> 0); // as the record declares them
        config.forFields()
                .withRequiredCheck(field -> !isNullable(field))
                .withNullableCheck(SchemaWriter::isNullable)
                .withStringMinLengthResolver(field -> isText(field) ? 1 : null)
                .withStringMaxLengthResolver(SchemaWriter::maxLength)
                .withStringPatternResolver(SchemaWriter::pattern)
                .withNumberInclusiveMinimumResolver(field -> has(field, NotNegative.class) ? BigDecimal.ZERO : null)
                .withNumberExclusiveMinimumResolver(SchemaWriter::exclusiveMinimum)
                .withNumberInclusiveMaximumResolver(SchemaWriter::maximum)
                .withNumberExclusiveMaximumResolver(
                        field -> isDecimal(field) && !has(field, AtMost.class) ? Rules.DECIMAL_BOUND : null);
        return new SchemaGenerator(config.build());
    }

    /// The schema of a type's data.
    synchronized ObjectNode write(EventType type, Class<? extends EventData> dataClass) {
        if (generator == null) {
            generator = generator(mapper);
        }
        ObjectNode schema = mapper.createObjectNode()
                .put("$schema", SchemaVersion.DRAFT_2020_12.getIdentifier())
                .put("$id", "urn:tradesense:event:" + type)
                .put("title", type.name());
        Description description = dataClass.getAnnotation(Description.class);
        if (description != null) {
            schema.put("description", description.value());
        }
        return schema.setAll(generator.generateSchema(dataClass));
    }

    private static boolean isNullable(FieldScope field) {
        return field.getRawMember().getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    private static @Nullable Integer maxLength(FieldScope field) {
        if (!isText(field)) {
            return null;
        }
        return has(field, LongText.class) ? Rules.MAX_LONG_TEXT : Rules.MAX_TEXT;
    }

    private static @Nullable String pattern(FieldScope field) {
        if (has(field, Currency.class)) {
            return CURRENCY_PATTERN;
        }
        return has(field, Email.class) ? EMAIL_PATTERN : null;
    }

    private static @Nullable BigDecimal exclusiveMinimum(FieldScope field) {
        if (has(field, Positive.class)) {
            return BigDecimal.ZERO;
        }
        return isDecimal(field) && !has(field, NotNegative.class) ? Rules.DECIMAL_BOUND.negate() : null;
    }

    private static @Nullable BigDecimal maximum(FieldScope field) {
        AtMost bound = field.getAnnotation(AtMost.class);
        if (bound != null) {
            return BigDecimal.valueOf(bound.value());
        }
        Class<?> kind = field.getType().getErasedType();
        if (kind == int.class || kind == Integer.class) {
            return BigDecimal.valueOf(Integer.MAX_VALUE);
        }
        return kind == long.class || kind == Long.class ? BigDecimal.valueOf(Long.MAX_VALUE) : null;
    }

    private static boolean isText(FieldScope field) {
        return field.getType().getErasedType() == String.class;
    }

    private static boolean isDecimal(FieldScope field) {
        return field.getType().getErasedType() == BigDecimal.class;
    }

    private static boolean has(FieldScope field, Class<? extends Annotation> annotation) {
        return field.getAnnotation(annotation) != null;
    }
}
