package ai.tradesense.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class EventTypeTest {
    @EventName("Trading.Order.Placed.v1")
    private record OrderPlaced(String subject) implements EventData {}

    private record Nameless(String subject) implements EventData {}

    @EventName("trading.order.placed")
    private record Misnamed(String subject) implements EventData {}

    @Test
    void a_type_with_an_entity_is_taken_apart() {
        EventType type = EventType.parse("Trading.Order.Placed.v12");

        assertThat(type.domain()).isEqualTo("Trading");
        assertThat(type.entity()).isEqualTo("Order");
        assertThat(type.action()).isEqualTo("Placed");
        assertThat(type.version()).isEqualTo(12);
        assertThat(type).hasToString("Trading.Order.Placed.v12");
    }

    @Test
    void a_type_of_the_domains_own_aggregate_has_no_entity() {
        EventType type = EventType.parse("Challenge.Started.v1");

        assertThat(type.domain()).isEqualTo("Challenge");
        assertThat(type.entity()).isNull();
        assertThat(type.action()).isEqualTo("Started");
        assertThat(type.version()).isEqualTo(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "''                         | is empty",
                "Trading                    | has 1 segment",
                "Trading.v1                 | has 2 segments",
                "A.B.C.D.v1                 | has 5 segments",
                "Trading.Order.Placed       | ends in 'Placed' where a version such as v1 belongs",
                "Trading.Order.Placed.V1    | ends in 'V1'",
                "Trading.Order.Placed.v     | ends in 'v'",
                "Trading.Order.Placed.v1.v2 | has 5 segments",
                "Trading.Order.Placed.v0    | versions count from v1",
                "Trading.Order.Placed.v01   | versions count from v1",
                "Trading.Order.Placed.v1a   | not v followed by a number",
                "Trading.Order.Placed.v-1   | not v followed by a number",
                "Trading.Order.Placed.v٣    | not v followed by a number",
                "Trading.Order.Placed.v9999999 | too large",
                "trading.Order.Placed.v1    | has the segment 'trading', which does not start with a capital letter",
                "Trading.1Order.Placed.v1   | has the segment '1Order'",
                "Trading..Placed.v1         | has an empty segment 2",
                ".Order.Placed.v1           | has an empty segment 1",
                "Trading.Order_.Placed.v1   | has the segment 'Order_' with a character that is no letter or digit",
                "Trading.Ordér.Placed.v1    | has the segment 'Ordér'",
                "'Trading.Order.Placed.v1 ' | not v followed by a number",
                "' Trading.Order.Placed.v1' | has the segment ' Trading'",
            })
    void any_other_form_is_refused_with_what_is_wrong(String name, String what) {
        InvalidEventException problem = catchThrowableOfType(InvalidEventException.class, () -> EventType.parse(name));

        assertThat(problem.pointer()).isEqualTo("/type");
        assertThat(problem.problem()).contains(what).contains("expected {Domain}.{Entity}.{Action}.v{N}");
    }

    @Test
    void a_name_may_be_200_characters_long_and_no_longer() {
        String longest = "A".repeat(EventType.MAX_LENGTH - ".B.v1".length()) + ".B.v1";

        assertThat(EventType.parse(longest).name()).hasSize(EventType.MAX_LENGTH);
        assertThat(catchThrowableOfType(InvalidEventException.class, () -> EventType.parse("A" + longest)))
                .hasMessage("/type: is 201 characters long, at most 200 are allowed");
    }

    @Test
    void a_message_shows_no_control_characters() {
        assertThat(catchThrowableOfType(InvalidEventException.class, () -> EventType.parse("Tra\nding.\u001b[31m.v1")))
                .hasMessageNotContainingAny("\n", "\u001b");
    }

    @Test
    void types_are_equal_and_sorted_by_name() {
        EventType first = EventType.parse("Risk.Alert.Triggered.v1");
        EventType second = EventType.parse("Trading.Order.Placed.v1");

        assertThat(EventType.parse("Risk.Alert.Triggered.v1")).isEqualTo(first).hasSameHashCodeAs(first);
        assertThat(List.of(second, first).stream().sorted()).containsExactly(first, second);
        assertThat(first).isNotEqualTo(second).isNotEqualTo("Risk.Alert.Triggered.v1");
    }

    @Test
    void more_types_than_are_remembered_are_parsed_all_the_same() {
        for (int round = 0; round < 2; round++) {
            for (int i = 1; i <= 5_000; i++) {
                EventType type = EventType.parse("Load.Test" + i + ".Run.v1");

                assertThat(type.entity()).isEqualTo("Test" + i);
                assertThat(type).isEqualTo(EventType.parse("Load.Test" + i + ".Run.v1"));
            }
        }
    }

    @Test
    void a_record_stands_for_the_type_that_it_names() {
        assertThat(EventType.of(OrderPlaced.class)).isEqualTo(EventType.parse("Trading.Order.Placed.v1"));
        assertThatThrownBy(() -> EventType.of(Nameless.class))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Nameless has no @EventName");
        assertThatThrownBy(() -> EventType.of(Misnamed.class))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageStartingWith("/type: 'trading.order.placed' ends in 'placed' where a version")
                .hasMessageEndingWith("Misnamed");
    }
}
