package ai.tradesense.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.catalog.trading.OrderPlaced;
import java.time.Instant;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LoadTest {
    private static final Instant NOW = Instant.parse("2026-01-05T08:30:00Z");

    private final Load load = new Load(5_000, 3, 100);

    @Test
    void every_event_has_a_place_of_its_own() {
        BitSet places = new BitSet();
        for (int index = 0; index < load.events(); index++) {
            assertThat(places.get(load.placeOf(index))).isFalse();
            places.set(load.placeOf(index));
        }
        assertThat(places.cardinality()).isEqualTo(load.events());
        assertThat(places.length()).isEqualTo(load.events());
    }

    @Test
    void the_places_of_a_subject_are_side_by_side_in_the_order_of_publishing() {
        Map<String, Integer> last = new HashMap<>();
        Map<String, Integer> counts = new HashMap<>();
        for (int index = 0; index < load.events(); index++) {
            String account = load.order(index, NOW).accountId();
            Integer before = last.put(account, load.placeOf(index));
            if (before != null) {
                assertThat(load.placeOf(index)).isEqualTo(before + 1);
            }
            counts.merge(account, 1, Integer::sum);
        }
        for (int subject = 0; subject < load.subjects(); subject++) {
            int expected = counts.getOrDefault(String.format("A%06d", subject), 0);
            assertThat(load.firstPlaceOf(subject + 1) - load.firstPlaceOf(subject))
                    .isEqualTo(expected);
        }
    }

    @Test
    void no_two_publishers_publish_events_of_one_subject() {
        Map<String, Integer> owners = new HashMap<>();
        for (int publisher = 0; publisher < load.publishers(); publisher++) {
            for (int index = load.firstOf(publisher); index < load.firstOf(publisher + 1); index++) {
                Integer other = owners.put(load.order(index, NOW).accountId(), publisher);
                assertThat(other).isIn(null, publisher);
            }
        }
        assertThat(load.firstOf(0)).isZero();
        assertThat(load.firstOf(3)).isEqualTo(load.events());
        assertThat(owners).hasSize(100);
    }

    @Test
    void an_order_tells_which_event_it_came_with() {
        for (int index = 0; index < load.events(); index++) {
            assertThat(load.indexOf(load.order(index, NOW))).isEqualTo(index);
        }
    }

    @Test
    void an_order_of_another_load_is_refused() {
        Load larger = new Load(6_000, 3, 100);
        assertThatThrownBy(() -> load.indexOf(larger.order(5_999, NOW)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("O000005999");
    }

    @Test
    void an_order_that_came_with_another_account_is_refused() {
        OrderPlaced order = load.order(7, NOW);
        OrderPlaced mixedUp = new OrderPlaced(
                "A999999",
                order.orderId(),
                order.instrument(),
                order.side(),
                order.kind(),
                order.quantity(),
                order.price(),
                null,
                null,
                order.placedAt());
        assertThatThrownBy(() -> load.indexOf(mixedUp)).hasMessageContaining("O000000007' of A999999");
    }
}
