package ai.tradesense.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import org.junit.jupiter.api.Test;

class ObservationsTest {
    private static final Instant NOW = Instant.parse("2026-01-05T08:30:00Z");

    private final Load load = new Load(50, 1, 1);
    private final SteppingClock clock = new SteppingClock(1_000);
    private final Observations observations = new Observations(load, clock);

    private void handle(int index) {
        observations.handled(load.order(index, NOW));
    }

    private void handleAllBut(int missing) {
        for (int index = 0; index < load.events(); index++) {
            if (index != missing) {
                handle(index);
            }
        }
    }

    @Test
    void a_round_in_which_every_event_comes_once_and_in_order_is_sound() {
        handleAllBut(-1);

        Outcome outcome = observations.outcome(1_000_000_000, 500_000);

        assertThat(outcome.isSound()).isTrue();
        assertThat(outcome.eventsPerSecond()).isEqualTo(50);
        assertThat(outcome.cpuNanosPerEvent()).isEqualTo(10_000);
        assertThat(observations.firstMissing(0)).isEqualTo(50);
    }

    @Test
    void a_lost_event_is_found() {
        handleAllBut(17);

        Outcome outcome = observations.outcome(1, 1);

        assertThat(outcome.lost()).isEqualTo(1);
        assertThat(outcome.duplicated()).isZero();
        assertThat(outcome.misordered()).isZero();
        assertThat(outcome.isSound()).isFalse();
        assertThat(observations.firstMissing(0)).isEqualTo(17);
    }

    @Test
    void latencies_count_from_a_time_on_and_losses_always() {
        observations.countFrom(5_000_000);
        for (int index = 0; index < load.events(); index++) {
            observations.started(index, index * 1_000_000L);
            observations.published(index, index + 1);
        }
        handleAllBut(2);

        Outcome outcome = observations.outcome(1, 1);

        assertThat(outcome.publish().getTotalCount()).isEqualTo(45);
        assertThat(outcome.endToEnd().getTotalCount()).isEqualTo(45);
        assertThat(outcome.lost()).isEqualTo(1);
    }

    @Test
    void a_duplicate_does_not_make_up_for_a_lost_event() {
        handleAllBut(17);
        handle(49);

        Outcome outcome = observations.outcome(1, 1);

        assertThat(outcome.lost()).isEqualTo(1);
        assertThat(outcome.duplicated()).isEqualTo(1);
        assertThat(observations.handledSoFar()).isEqualTo(49);
    }

    @Test
    void a_duplicated_event_is_found() {
        handleAllBut(-1);
        handle(3);
        handle(3);

        Outcome outcome = observations.outcome(1, 1);

        assertThat(outcome.duplicated()).isEqualTo(2);
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.misordered()).isZero();
        assertThat(outcome.isSound()).isFalse();
    }

    @Test
    void an_event_that_is_overtaken_by_one_of_its_subject_is_found() {
        handleAllBut(20);
        handle(20);

        Outcome outcome = observations.outcome(1, 1);

        assertThat(outcome.misordered()).isEqualTo(29); // all that came before it and should not have
        assertThat(outcome.lost()).isZero();
        assertThat(outcome.duplicated()).isZero();
        assertThat(outcome.isSound()).isFalse();
    }

    @Test
    void events_of_different_subjects_may_overtake_each_other() {
        Load two = new Load(50, 2, 2);
        Observations ofTwo = new Observations(two, clock);
        for (int index = two.firstOf(1); index < 50; index++) {
            ofTwo.handled(two.order(index, NOW));
        }
        for (int index = 0; index < two.firstOf(1); index++) {
            ofTwo.handled(two.order(index, NOW));
        }

        assertThat(ofTwo.outcome(1, 1).isSound()).isTrue();
    }

    @Test
    void latencies_count_from_when_an_event_was_to_be_sent() {
        observations.started(0, 50, observations.now());
        clock.advance(2_000_000);
        observations.published(0, 50);
        clock.advance(5_000_000);
        handleAllBut(-1);

        Outcome outcome = observations.outcome(1, 1);

        assertThat(outcome.publish().getTotalCount()).isEqualTo(50);
        assertThat(outcome.publish().getMinValue()).isBetween(1_990_000L, 2_010_000L);
        assertThat(outcome.endToEnd().getTotalCount()).isEqualTo(50);
        assertThat(outcome.endToEnd().getMinValue()).isBetween(6_990_000L, 7_010_000L);
        assertThat(outcome.endToEnd().getMaxValue()).isBetween(7_040_000L, 7_060_000L);
    }
}
