package ai.tradesense.catalog;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.catalog.auth.SessionExpired;
import ai.tradesense.catalog.auth.UserRegistered;
import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.challenge.PhaseAdvanced;
import ai.tradesense.catalog.rules.AtMost;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.trading.OrderKind;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.catalog.trading.Side;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.events.UnknownEventTypeException;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class EventCatalogTest {
    private static final Instant NOON = Instant.parse("2017-04-19T12:00:00Z");
    private static final String LIMIT_ORDER = """
            {"accountId":"A-1","orderId":"O-1","instrument":"EURUSD","side":"BUY","kind":"LIMIT",
             "quantity":0.10,"price":1.07190,"placedAt":"2017-04-19T12:00:00Z"}""";

    private final EventCatalog catalog = EventCatalog.standard();

    @Test
    void a_type_that_nobody_knows_is_refused_with_the_nearest_name() {
        assertThatThrownBy(() -> catalog.validate(event("Trading.Order.Place.v1", Payload.json(utf8("{}")))))
                .isInstanceOf(UnknownEventTypeException.class)
                .hasMessage("/type: 'Trading.Order.Place.v1' is not a known event type; "
                        + "did you mean 'Trading.Order.Placed.v1'?");
        assertThatThrownBy(() -> catalog.validate(event("Trading.Pnl.Updated.v1", Payload.json(utf8("{}")))))
                .hasMessageEndingWith("did you mean 'Trading.PnL.Updated.v1'?");
    }

    @Test
    void another_version_of_a_known_type_is_refused_with_the_known_ones() {
        assertThatThrownBy(() -> catalog.validate(event("Trading.Order.Placed.v2", Payload.json(utf8("{}")))))
                .isInstanceOf(UnknownEventTypeException.class)
                .hasMessageEndingWith("; known is v1");
    }

    @Test
    void a_type_like_no_other_is_refused_without_a_guess() {
        assertThatThrownBy(() -> catalog.validate(event("Weather.Changed.v1", Payload.json(utf8("{}")))))
                .isInstanceOf(UnknownEventTypeException.class)
                .hasMessage("/type: 'Weather.Changed.v1' is not a known event type");
        assertThat(catalog.schema(EventType.parse("Weather.Changed.v1"))).isNull();
        assertThat(catalog.dataClass(EventType.parse("Weather.Changed.v1"))).isNull();
    }

    @Test
    void data_that_is_its_own_record_is_not_looked_at_again() {
        OrderPlaced order = order(OrderKind.MARKET, null);
        Payload.Value value = (Payload.Value) Payload.value(order);
        assertThatCode(() -> catalog.validate(event("Trading.Order.Placed.v1", value)))
                .doesNotThrowAnyException();
    }

    @Test
    void any_other_object_is_checked_as_the_json_that_it_becomes() {
        assertThatThrownBy(() ->
                        catalog.validate(event("Trading.Order.Placed.v1", Payload.value(Map.of("accountId", 17)))))
                .isInstanceOf(InvalidEventException.class);
        assertThatCode(() -> catalog.validate(event(
                        "Trading.Order.Placed.v1",
                        Payload.value(JsonMapper.shared().readTree(LIMIT_ORDER)))))
                .doesNotThrowAnyException();
    }

    @Test
    void data_that_is_no_json_object_is_refused_as_a_whole() {
        assertRefused(Payload.NONE, "/data", "is missing, expected JSON for Trading.Order.Placed.v1");
        assertRefused(Payload.text("buy"), "/data", "is text, expected JSON for Trading.Order.Placed.v1");
        assertRefused(Payload.binary(new byte[] {1}), "/data", "is binary, expected JSON for Trading.Order.Placed.v1");
        assertRefused(Payload.json(utf8("null")), "/data", "is null, expected an object");
        assertRefused(Payload.json(utf8("[1]")), "/data", "is an array, expected an object");
        assertRefused(Payload.json(utf8("17")), "/data", "is 17, expected an object");
        assertThatThrownBy(() -> catalog.validate(event("Trading.Order.Placed.v1", Payload.json(utf8("{\"a\":")))))
                .isInstanceOfSatisfying(InvalidEventException.class, refused -> {
                    assertThat(refused.pointer()).isEqualTo("/data");
                    assertThat(refused.problem()).startsWith("is not JSON: ");
                });
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "quantity | 0 | is 0, expected more than 0",
                "quantity | -0.10 | is -0.10, expected more than 0",
                "quantity | \"0.10\" | is '0.10', expected a number",
                "quantity | 0.1234567890123456789 | has 19 decimal places, at most 18 are allowed",
                "side | \"HOLD\" | is 'HOLD', expected one of BUY, SELL",
                "placedAt | \"2017-04-19 12:00:00\" | is '2017-04-19 12:00:00', expected a time such as 2026-01-31T09:30:00Z",
                "accountId | 17 | is 17, expected text",
                "accountId | \"\" | is empty, expected at least 1 character",
            })
    void a_problem_says_what_was_found_and_what_was_expected(String component, String value, String problem) {
        String json =
                LIMIT_ORDER.replaceAll("\"" + component + "\":(\"[^\"]*\"|[0-9.]+)", "\"" + component + "\":" + value);
        assertRefused(Payload.json(utf8(json)), "/data/" + component, problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"1e1000000000", "-1e1000000000", "1e-1000000000", "1E+2147483647"})
    void a_number_with_a_monstrous_exponent_is_refused_and_not_written_out(String number) {
        String json = LIMIT_ORDER.replace("0.10", number);
        assertThatThrownBy(() -> catalog.validate(event("Trading.Order.Placed.v1", Payload.json(utf8(json)))))
                .isInstanceOfSatisfying(InvalidEventException.class, refused -> {
                    assertThat(refused.pointer()).isEqualTo("/data/quantity");
                    assertThat(refused.problem()).hasSizeLessThan(100);
                });
    }

    @Test
    void a_rule_between_components_holds_for_json_too_and_names_the_one_at_fault() {
        assertRefused(
                Payload.json(utf8(LIMIT_ORDER.replace("LIMIT", "MARKET"))),
                "/data/price",
                "is '1.07190', expected none for a market order");
        assertRefused(
                Payload.json(utf8(LIMIT_ORDER.replace("\"price\":1.07190,", ""))),
                "/data/price",
                "is missing, expected one for a limit or stop order");
    }

    @Test
    void rules_between_components_hold_in_constructors() {
        assertThatThrownBy(() -> order(OrderKind.MARKET, BigDecimal.ONE)).hasMessageStartingWith("/data/price: ");
        assertThatThrownBy(() -> new SessionExpired("U-1", "S-1", NOON, NOON.minusSeconds(1)))
                .hasMessage(
                        "/data/expiredAt: is 2017-04-19T11:59:59Z, which is before loggedInAt, 2017-04-19T12:00:00Z");
        assertThatThrownBy(() ->
                        new PhaseAdvanced("C-1", "A-1", "U-1", ChallengePhase.PHASE_2, ChallengePhase.PHASE_1, NOON))
                .hasMessage("/data/toPhase: is PHASE_1, which does not come after fromPhase, PHASE_2");
        assertThatThrownBy(() -> new UserRegistered("U-1", "Ada", "ada.example.org", NOON))
                .hasMessage("/data/email: is 'ada.example.org', expected an e-mail address");
    }

    @Test
    void optional_components_may_be_missing_or_null() {
        for (String optional : List.of("", "\"stopLoss\":null,", "\"stopLoss\":1.06,")) {
            String json = LIMIT_ORDER.replace("\"price\"", optional + "\"price\"");
            assertThatCode(() -> catalog.validate(event("Trading.Order.Placed.v1", Payload.json(utf8(json)))))
                    .as(json)
                    .doesNotThrowAnyException();
        }
    }

    @Test
    void a_schema_lists_properties_as_the_record_declares_them() {
        assertThat(JsonMapper.shared()
                        .readTree(catalog.schema(EventType.of(OrderPlaced.class)))
                        .get("properties")
                        .propertyNames())
                .containsExactly(
                        "accountId",
                        "orderId",
                        "instrument",
                        "side",
                        "kind",
                        "quantity",
                        "price",
                        "stopLoss",
                        "takeProfit",
                        "placedAt");
    }

    @EventName("Fleet.Truck.Loaded.v1")
    record TruckLoaded(
            String truckId,
            @Positive @AtMost(40) int tons,
            List<Stop> stops,
            @Nullable Duration rest) implements EventData {
        TruckLoaded {
            if (tons % 2 != 0) {
                throw new InvalidEventException("/data/tons", "is odd");
            }
        }

        @Override
        public String subject() {
            return truckId;
        }
    }

    record Stop(String town, BigDecimal distance) {}

    @EventName("Fleet.Truck.Loaded.v1")
    record TruckLoadedToo(String truckId) implements EventData {
        @Override
        public String subject() {
            return truckId;
        }
    }

    record NoEvent(String subject) implements EventData {}

    @Test
    void a_catalog_of_ones_own_records_works_the_same_with_nested_records_too() {
        EventCatalog fleet = EventCatalog.of(TruckLoaded.class);
        assertThat(fleet.types()).containsExactly(EventType.of(TruckLoaded.class));

        String good = "{\"truckId\":\"T-1\",\"tons\":12,\"stops\":[{\"town\":\"Ulm\",\"distance\":1.50}]}";
        assertThatCode(() -> fleet.validate(event("Fleet.Truck.Loaded.v1", Payload.json(utf8(good)))))
                .doesNotThrowAnyException();
        assertPointer(fleet, good.replace("12", "13"), "/data/tons");
        assertPointer(fleet, good.replace("12", "42"), "/data/tons");
        assertPointer(fleet, good.replace("\"Ulm\"", "7"), "/data/stops/0/town");
        assertPointer(fleet, good.replace(",\"distance\":1.50", ""), "/data/stops/0/distance");
    }

    @Test
    void a_catalog_can_be_extended() {
        EventCatalog both = catalog.with(TruckLoaded.class);
        assertThat(both.types()).hasSize(31).containsAll(catalog.types());
        assertThat(catalog.types()).hasSize(30);
    }

    @Test
    void two_records_of_one_type_and_records_of_no_type_are_refused() {
        assertThatThrownBy(() -> EventCatalog.of(TruckLoaded.class, TruckLoadedToo.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Fleet.Truck.Loaded.v1 has two records");
        assertThatThrownBy(() -> EventCatalog.of(NoEvent.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("NoEvent has no @EventName");
    }

    private void assertRefused(Payload data, String pointer, String problem) {
        assertThatThrownBy(() -> catalog.validate(event("Trading.Order.Placed.v1", data)))
                .isInstanceOfSatisfying(InvalidEventException.class, refused -> {
                    assertThat(refused.pointer()).isEqualTo(pointer);
                    assertThat(refused.problem()).isEqualTo(problem);
                });
    }

    private static void assertPointer(EventCatalog catalog, String json, String pointer) {
        assertThatThrownBy(() -> catalog.validate(event("Fleet.Truck.Loaded.v1", Payload.json(utf8(json)))))
                .as(json)
                .isInstanceOfSatisfying(
                        InvalidEventException.class,
                        refused -> assertThat(refused.pointer()).isEqualTo(pointer));
    }

    private static OrderPlaced order(OrderKind kind, @Nullable BigDecimal price) {
        return new OrderPlaced("A-1", "O-1", "EURUSD", Side.BUY, kind, BigDecimal.ONE, price, null, null, NOON);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static DomainEvent event(String type, Payload data) {
        DomainEvent.Builder event = DomainEvent.builder(EventType.parse(type))
                .id("1")
                .source(URI.create("/test"))
                .subject("s")
                .time(NOON)
                .data(data);
        switch (data) {
            case Payload.Text text -> event.dataContentType("text/plain");
            case Payload.Binary binary -> event.dataContentType("application/octet-stream");
            case Payload.Json json -> event.dataContentType("application/json");
            case Payload.Value value -> event.dataContentType("application/json");
            case Payload.None none -> {
                // No data has no media type.
            }
        }
        return event.build();
    }
}
