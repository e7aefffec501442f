package ai.tradesense.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TypeFilterTest {
    @ParameterizedTest
    @CsvSource({
        "*, Trading.Order.Placed.v1, true",
        "*, Challenge.Started.v1, true",
        "Trading.*, Trading.Order.Placed.v1, true",
        "Trading.*, Trading.Halted.v1, true",
        "Trading.*, Risk.Order.Placed.v1, false",
        "Trading.*, TradingX.Order.Placed.v1, false",
        "Trading.Order.*, Trading.Order.Placed.v1, true",
        "Trading.Order.*, Trading.Order.v1, true",
        "Trading.Order.*, Trading.Position.Opened.v1, false",
        "Trading.Order.Placed.*, Trading.Order.Placed.v2, true",
        "Trading.Order.Placed.*, Trading.Order.Filled.v2, false",
        "Trading.Order.Placed.v1, Trading.Order.Placed.v1, true",
        "Trading.Order.Placed.v1, Trading.Order.Placed.v11, false",
        "*.Order.Placed.v1, Trading.Order.Placed.v1, true",
        "*.Order.Placed.v1, Order.Placed.v1, false",
        "*.*.Placed.v1, Trading.Order.Placed.v1, true",
        "Trading.*.v1, Trading.Halted.v1, true",
        "Trading.*.v1, Trading.Order.Placed.v1, false",
        "*.*, Trading.Halted.v1, true",
        "*.*.*.*, Trading.Order.Placed.v1, true",
        "*.*.*.*, Trading.Halted.v1, false",
    })
    void a_pattern_matches_by_segments_and_a_star_at_the_end_all_that_follow(
            String pattern, String type, boolean matches) {
        assertThat(TypeFilter.of(pattern).matches(EventType.parse(type))).isEqualTo(matches);
    }

    @Test
    void several_patterns_match_what_any_of_them_matches() {
        TypeFilter filter = TypeFilter.of("Risk.*", "Trading.Order.Placed.v1");

        assertThat(filter.matches(EventType.parse("Risk.Limit.Breached.v1"))).isTrue();
        assertThat(filter.matches(EventType.parse("Trading.Order.Placed.v1"))).isTrue();
        assertThat(filter.matches(EventType.parse("Trading.Order.Filled.v1"))).isFalse();
        assertThat(filter.patterns()).containsExactly("Risk.*", "Trading.Order.Placed.v1");
        assertThat(filter).hasToString("Risk.*, Trading.Order.Placed.v1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "trading.*",
                "Trading.",
                ".*",
                "Trading*",
                "Trad*.Order.Placed.v1",
                "**",
                "Trading.**",
                "Trading.Order.Placed",
                "Trading.*.Placed",
                "v1.*",
                "Trading.v1.*",
                "*.v1",
                "A.B.C.D.*",
                "*.*.*.*.*",
                "*.Order.Placed.v0",
                "*.Order.Placed.v9999999",
                "Trading.Order.*.v01"
            })
    void a_pattern_that_can_match_no_type_is_refused(String pattern) {
        InvalidEventException problem = catchThrowableOfType(InvalidEventException.class, () -> TypeFilter.of(pattern));

        assertThat(problem).isNotNull();
        assertThat(problem.pointer()).isEqualTo("/type");
        assertThat(problem.problem()).contains("expected");
    }

    @Test
    void no_pattern_at_all_is_refused() {
        assertThat(catchThrowableOfType(InvalidEventException.class, () -> TypeFilter.of(List.of())))
                .hasMessageContaining("expected at least one");
    }

    @Test
    void every_pattern_made_from_a_type_by_putting_stars_matches_that_type() {
        SplittableRandom random = new SplittableRandom(1);
        List<String> names = List.of("Trading.Order.Placed.v1", "Challenge.Started.v2");
        for (int round = 0; round < 1_000; round++) {
            String name = names.get(random.nextInt(2));
            String[] segments = name.split("\\.");
            int length = random.nextInt(1, segments.length + 1);
            String[] pattern = java.util.Arrays.copyOf(segments, length);
            for (int i = 0; i < length; i++) {
                boolean mustBeStar = i == length - 1 && length < segments.length;
                pattern[i] = mustBeStar || random.nextBoolean() ? "*" : pattern[i];
            }

            assertThat(TypeFilter.of(String.join(".", pattern)).matches(EventType.parse(name)))
                    .as(String.join(".", pattern))
                    .isTrue();
        }
    }

    @Test
    void the_domains_are_those_that_the_patterns_begin_with_or_all() {
        assertThat(TypeFilter.of("Trading.*", "Risk.Limit.Breached.v1", "Trading.Order.*")
                        .domains())
                .isEqualTo(Set.of("Trading", "Risk"));
        assertThat(TypeFilter.of("Trading.*", "*.Order.Placed.v1").domains()).isEmpty();
        assertThat(TypeFilter.of("*").domains()).isEmpty();
    }
}
