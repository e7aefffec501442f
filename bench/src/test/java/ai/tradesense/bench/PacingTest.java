package ai.tradesense.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class PacingTest {
    private static final int RATE = 1_000_000;

    private final SteppingClock clock = new SteppingClock(1_000);

    /// Takes every batch, and lets the clock stand for `stallNanos` when the event of an index comes.
    private final class Taking implements Contender.Session {
        private final List<Integer> batches = new ArrayList<>();
        private final int stallAt;
        private final long stallNanos;
        private int next;

        Taking(int stallAt, long stallNanos) {
            this.stallAt = stallAt;
            this.stallNanos = stallNanos;
        }

        @Override
        public void publish(int from, int to) {
            assertThat(from).isEqualTo(next);
            next = to;
            batches.add(to - from);
            if (from <= stallAt && stallAt < to) {
                clock.advance(stallNanos);
            }
        }

        @Override
        public void close() {}
    }

    @Test
    void a_closed_loop_publishes_everything_in_full_batches() throws Exception {
        Load load = new Load(1_050, 1, 10);
        Taking session = new Taking(-1, 0);

        Pacing.of(null).publish(0, load, 100, session, new Observations(load, clock));

        assertThat(session.batches).hasSize(11).startsWith(100, 100).endsWith(100, 50);
    }

    @Test
    void an_open_loop_publishes_what_is_due_and_never_more_than_a_batch() throws Exception {
        Load load = new Load(1_000, 1, 10);
        Taking session = new Taking(100, 500_000);

        Pacing.of(RATE).publish(0, load, 200, session, new Observations(load, clock));

        assertThat(session.next).isEqualTo(1_000);
        assertThat(session.batches).contains(200).allMatch(size -> size <= 200);
        assertThat(session.batches.getFirst()).isLessThan(10);
    }

    @Test
    void a_stall_counts_for_every_event_that_it_held_up() throws Exception {
        Load load = new Load(1_000, 1, 10);
        Observations observations = new Observations(load, clock);

        Pacing.of(RATE).publish(0, load, 1_000, new Taking(100, 800_000), observations);

        Histogram publish = observations.outcome(1, 1).publish();
        // An event fell due every microsecond while nothing was taken for 800: half of them waited for over 400.
        assertThat(publish.getTotalCount()).isEqualTo(1_000);
        assertThat(publish.getMaxValue()).isGreaterThanOrEqualTo(800_000);
        assertThat(publish.getCountBetweenValues(400_000, Long.MAX_VALUE)).isBetween(390L, 420L);
        assertThat(publish.getCountBetweenValues(100_000, Long.MAX_VALUE)).isBetween(690L, 720L);
    }

    @Test
    void latencies_of_the_first_tenth_of_an_open_loop_do_not_count() {
        Load load = new Load(1_000, 1, 10);

        assertThat(Pacing.of(200).leadInNanos(load)).isEqualTo(500_000_000);
        assertThat(Pacing.of(null).leadInNanos(load)).isZero();
    }

    @Test
    void the_publishers_of_an_open_loop_take_turns() {
        Load load = new Load(9, 3, 3);

        assertThat(new Pacing.Schedule(100, 0, load, 2).dueNanos(load.firstOf(0)))
                .isEqualTo(100);
        assertThat(new Pacing.Schedule(100, 1, load, 2).dueNanos(load.firstOf(1)))
                .isEqualTo(500_000_100);
        assertThat(new Pacing.Schedule(100, 2, load, 2).dueNanos(load.firstOf(2)))
                .isEqualTo(1_000_000_100);
        assertThat(new Pacing.Schedule(100, 0, load, 2).dueNanos(load.firstOf(0) + 1))
                .isEqualTo(1_500_000_100);
    }
}
