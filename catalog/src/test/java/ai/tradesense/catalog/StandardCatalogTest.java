package ai.tradesense.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.catalog.rules.AtMost;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import com.networknt.schema.InputFormat;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaLocation;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.cfg.JsonNodeFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/// What holds for every type of the standard catalog.
class StandardCatalogTest {
    private static final long SEED = 20_170_419L;
    private static final int INSTANCES = 50;
    private static final EventCatalog CATALOG = EventCatalog.standard();
    private static final Schema META_SCHEMA = SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
            .getSchema(SchemaLocation.of(SpecificationVersion.DRAFT_2020_12.getDialectId()));
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
            .disable(JsonNodeFeature.STRIP_TRAILING_BIGDECIMAL_ZEROES)
            .build();

    static Stream<EventType> types() {
        return CATALOG.types().stream();
    }

    @Test
    void the_standard_catalog_is_the_thirty_types_of_the_trading_operation() {
        assertThat(CATALOG.types())
                .extracting(EventType::name)
                .containsExactlyInAnyOrder(
                        "Trading.Position.Opened.v1",
                        "Trading.Position.Closed.v1",
                        "Trading.Position.Modified.v1",
                        "Trading.Order.Placed.v1",
                        "Trading.Order.Filled.v1",
                        "Trading.Order.Cancelled.v1",
                        "Trading.Trade.Executed.v1",
                        "Trading.PnL.Updated.v1",
                        "Risk.Limit.Breached.v1",
                        "Risk.Alert.Triggered.v1",
                        "Risk.Score.Updated.v1",
                        "Risk.Profile.Modified.v1",
                        "Risk.Trading.Halted.v1",
                        "Risk.Trading.Resumed.v1",
                        "Challenge.Started.v1",
                        "Challenge.Completed.v1",
                        "Challenge.Failed.v1",
                        "Challenge.Phase.Advanced.v1",
                        "Challenge.Phase.Completed.v1",
                        "Challenge.Metrics.Updated.v1",
                        "Auth.User.Registered.v1",
                        "Auth.User.LoggedIn.v1",
                        "Auth.User.LoggedOut.v1",
                        "Auth.Session.Expired.v1",
                        "Auth.Permission.Granted.v1",
                        "Auth.Permission.Revoked.v1",
                        "Evaluation.Rule.Violated.v1",
                        "Evaluation.Metric.Calculated.v1",
                        "Evaluation.Report.Generated.v1",
                        "Evaluation.Status.Changed.v1")
                .hasSize(30);
    }

    @ParameterizedTest
    @MethodSource("types")
    void a_record_survives_json_with_every_digit_and_fits_its_own_schema(EventType type) {
        Class<? extends EventData> dataClass = CATALOG.dataClass(type);
        RandomRecords records = new RandomRecords(SEED + type.hashCode());
        for (int i = 0; i < INSTANCES; i++) {
            EventData data = records.next(dataClass);
            byte[] json = ((Payload.Value) Payload.value(data)).utf8();
            DomainEvent arrived = event(type, json);

            assertThatCode(() -> CATALOG.validate(arrived)).as("%s", data).doesNotThrowAnyException();
            assertThat(arrived.dataAs(dataClass)).isEqualTo(data); // equal decimals have equal scales
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void the_subject_is_the_account_the_challenge_or_the_user_by_domain(EventType type) {
        Class<? extends EventData> dataClass = CATALOG.dataClass(type);
        EventData data = new RandomRecords(SEED).next(dataClass);
        String component = switch (type.domain()) {
            case "Trading", "Risk" -> "accountId";
            case "Challenge", "Evaluation" -> "challengeId";
            case "Auth" -> "userId";
            default -> throw new AssertionError(type);
        };
        assertThat(data.subject()).isEqualTo(encoded(data).get(component).stringValue());
    }

    @ParameterizedTest
    @MethodSource("types")
    void a_schema_is_valid_against_the_meta_schema_and_says_what_it_is_about(EventType type) {
        String schema = CATALOG.schema(type);

        assertThat(META_SCHEMA.validate(schema, InputFormat.JSON)).isEmpty();
        assertThat(META_SCHEMA.validate("{\"type\":\"no such type\"}", InputFormat.JSON))
                .isNotEmpty();
        JsonNode tree = MAPPER.readTree(schema);
        assertThat(tree.get("$id").stringValue()).isEqualTo("urn:tradesense:event:" + type);
        assertThat(tree.get("title").stringValue()).isEqualTo(type.name());
        assertThat(tree.get("description").stringValue()).endsWith(".");
        assertThat(tree.get("additionalProperties")).isNull();
    }

    @ParameterizedTest
    @MethodSource("types")
    void a_missing_component_is_named_unless_it_is_optional(EventType type) {
        for (RecordComponent component : CATALOG.dataClass(type).getRecordComponents()) {
            if (RandomRecords.isNullable(component)) {
                continue; // a rule between components may still ask for it; those have tests of their own
            }
            ObjectNode without = valid(type);
            without.remove(component.getName());
            assertRefused(type, without, component.getName(), "is missing");

            ObjectNode withNull = valid(type);
            withNull.putNull(component.getName());
            assertRefused(type, withNull, component.getName(), "is null, expected");
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void a_value_that_breaks_a_rule_is_named_by_the_schema_and_by_the_constructor(EventType type) {
        Class<? extends EventData> dataClass = CATALOG.dataClass(type);
        RecordComponent[] components = dataClass.getRecordComponents();
        for (int i = 0; i < components.length; i++) {
            for (Object wrong : wrongValues(components[i])) {
                ObjectNode data = valid(type);
                data.set(components[i].getName(), MAPPER.valueToTree(wrong));
                assertRefused(type, data, components[i].getName(), "expected|allowed");

                Object[] values = values(new RandomRecords(SEED).next(dataClass));
                values[i] = wrong;
                String pointer = "/data/" + components[i].getName();
                assertThatThrownBy(() -> RandomRecords.construct(dataClass, values))
                        .as("%s: %s", pointer, wrong)
                        .isInstanceOfSatisfying(
                                InvalidEventException.class,
                                refused -> assertThat(refused.pointer()).isEqualTo(pointer));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void a_value_of_another_kind_is_named(EventType type) {
        for (RecordComponent component : CATALOG.dataClass(type).getRecordComponents()) {
            for (Object wrong : wrongKinds(component)) {
                ObjectNode data = valid(type);
                data.set(component.getName(), MAPPER.valueToTree(wrong));
                assertRefused(type, data, component.getName(), "is .*, expected ");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void properties_that_are_not_known_are_let_through(EventType type) {
        ObjectNode more = valid(type);
        more.put("saidByANewerPublisher", 1);
        more.putArray("andMore").add("x");
        assertThatCode(() -> CATALOG.validate(event(type, bytes(more)))).doesNotThrowAnyException();
    }

    private static List<Object> wrongValues(RecordComponent component) {
        List<Object> wrong = new ArrayList<>();
        AtMost atMost = RandomRecords.annotation(component, AtMost.class);
        boolean positive = RandomRecords.annotation(component, Positive.class) != null;
        boolean notNegative = RandomRecords.annotation(component, NotNegative.class) != null;
        Class<?> kind = component.getType();
        if (kind == String.class) {
            wrong.add("");
            wrong.add("x".repeat(Rules.MAX_LONG_TEXT + 1));
        } else if (kind == BigDecimal.class) {
            if (positive) {
                wrong.add(new BigDecimal("0.00"));
            }
            if (positive || notNegative) {
                wrong.add(new BigDecimal("-0.000000000000000001"));
            } else {
                wrong.add(Rules.DECIMAL_BOUND.negate());
            }
            wrong.add(atMost == null ? Rules.DECIMAL_BOUND : new BigDecimal(atMost.value() + ".0000000000000001"));
        } else if (kind == int.class) {
            wrong.add(positive ? 0 : -1);
            if (atMost != null) {
                wrong.add(atMost.value() + 1);
            }
        } else if (kind == long.class) {
            wrong.add(positive ? 0L : -1L);
        }
        return wrong;
    }

    private static List<Object> wrongKinds(RecordComponent component) {
        Class<?> kind = component.getType();
        if (kind == String.class) {
            return List.of(17, true, List.of("x"), Map.of());
        }
        if (kind == BigDecimal.class) {
            return List.of("12.50", true, List.of(), Map.of());
        }
        if (kind == int.class || kind == long.class) {
            return List.of("1", 1.5, true, new BigDecimal("1e40"));
        }
        if (kind == Instant.class) {
            return List.of(1_500_000_000L, "yesterday", "2017-04-19 09:00:00", "2017-04-19", "2017-02-30T09:00:00Z");
        }
        return List.of("NO_SUCH_CONSTANT", 0, "", true);
    }

    private static void assertRefused(EventType type, ObjectNode data, String component, String problem) {
        assertThatThrownBy(() -> CATALOG.validate(event(type, bytes(data))))
                .as("%s of %s: %s", component, type, data.get(component))
                .isInstanceOfSatisfying(InvalidEventException.class, refused -> {
                    assertThat(refused.pointer()).isEqualTo("/data/" + component);
                    assertThat(refused.problem()).containsPattern(problem);
                });
    }

    private static ObjectNode valid(EventType type) {
        return encoded(new RandomRecords(SEED).next(CATALOG.dataClass(type)));
    }

    private static ObjectNode encoded(EventData data) {
        return (ObjectNode) MAPPER.readTree(((Payload.Value) Payload.value(data)).utf8());
    }

    private static Object[] values(EventData data) {
        return Stream.of(data.getClass().getRecordComponents())
                .map(component -> {
                    try {
                        return component.getAccessor().invoke(data);
                    } catch (ReflectiveOperationException failure) {
                        throw new LinkageError("cannot read " + component, failure);
                    }
                })
                .toArray();
    }

    private static byte[] bytes(ObjectNode data) {
        return data.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static DomainEvent event(EventType type, byte[] json) {
        return DomainEvent.builder(type)
                .id("1")
                .source(URI.create("/test"))
                .subject("s")
                .time(Instant.EPOCH)
                .data(Payload.json(json))
                .build();
    }
}
