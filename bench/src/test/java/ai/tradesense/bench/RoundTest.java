package ai.tradesense.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class RoundTest {
    private final Load load = new Load(1_000, 2, 10);
    private final Round round = new Round(load, Pacing.of(null), 64, System::nanoTime, Duration.ofMillis(200));

    private static Contender contender(IntUnaryOperator times) {
        return new DirectContender("direct", new ArrayList<>(), times);
    }

    @Test
    void a_contender_that_hands_every_event_over_once_is_sound() {
        Outcome outcome = round.run(contender(_ -> 1));

        assertThat(outcome.isSound()).isTrue();
        assertThat(outcome.events()).isEqualTo(1_000);
        assertThat(outcome.publish().getTotalCount()).isEqualTo(1_000);
        assertThat(outcome.endToEnd().getTotalCount()).isEqualTo(1_000);
        assertThat(outcome.eventsPerSecond()).isPositive();
    }

    @Test
    void a_contender_that_loses_an_event_is_waited_for_and_found_out() {
        Outcome outcome = round.run(contender(index -> index == 500 ? 0 : 1));

        assertThat(outcome.lost()).isEqualTo(1);
        assertThat(outcome.endToEnd().getTotalCount()).isEqualTo(999);
    }

    @Test
    void a_contender_that_hands_an_event_over_twice_is_found_out() {
        assertThat(round.run(contender(index -> index == 500 ? 2 : 1)).duplicated())
                .isEqualTo(1);
    }

    @Test
    void an_order_that_was_not_published_fails_the_round() {
        Load other = new Load(2_000, 1, 10);
        Contender wrong = new Failing() {
            @Override
            void publish(int from, int to, Observations observations) {
                observations.handled(other.order(1_999, java.time.Instant.EPOCH));
            }
        };

        assertThatThrownBy(() -> round.run(wrong))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageContaining("failing: ")
                .hasMessageContaining("O000001999");
    }

    @Test
    void a_publish_that_fails_fails_the_round_with_its_cause() {
        IllegalStateException cause = new IllegalStateException("the disk is full");
        Contender broken = new Failing() {
            @Override
            void publish(int from, int to, Observations observations) {
                throw cause;
            }
        };

        assertThatThrownBy(() -> round.run(broken))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageContaining("the disk is full")
                .hasCause(cause);
    }

    @Test
    void a_publish_that_never_returns_is_given_up() {
        CountDownLatch never = new CountDownLatch(1);
        Contender stuck = new Failing() {
            @Override
            void publish(int from, int to, Observations observations) throws InterruptedException {
                never.await();
            }
        };

        assertThatThrownBy(() -> round.run(stuck))
                .isInstanceOf(BenchmarkException.class)
                .hasMessageContaining("nothing was handled")
                .hasMessageContaining("0 of 1000 events");
    }

    @Test
    void what_is_wrong_after_the_round_fails_it() {
        Contender forgetful = new Failing() {
            @Override
            void publish(int from, int to, Observations observations) {
                for (int index = from; index < to; index++) {
                    observations.stored(index);
                }
            }

            @Override
            void verify() {
                throw new BenchmarkException("expected 1000 rows, found 999");
            }
        };

        assertThatThrownBy(() -> round.run(forgetful)).hasMessage("failing: expected 1000 rows, found 999");
    }

    @Test
    void contenders_take_turns_and_warm_up_rounds_are_checked_but_not_measured() {
        List<String> log = new ArrayList<>();
        List<String> progress = new ArrayList<>();
        int[] published = new int[1];
        List<Contender> contenders = List.of(
                new DirectContender("a", log, _ -> 1),
                new DirectContender("b", log, index -> index == 0 && published[0]++ == 0 ? 2 : 1));
        Plan plan = new Plan(TransportName.MEMORY, 1_000, 64, 2, 10, 3, 1, null, Trouble.FIRST_RETRY, Duration.ZERO);

        List<Standing> standings = new Benchmark(round, round, plan, progress::add).run(contenders);

        assertThat(log).containsExactly("a", "b", "a", "b", "a", "b", "a", "b");
        assertThat(progress).hasSize(8).first().asString().startsWith("warm-up 1/1  a");
        assertThat(progress.get(1)).endsWith("NOT SOUND");
        assertThat(standings).extracting(Standing::name).containsExactly("a", "b");
        assertThat(standings.getFirst().isSound()).isTrue();
        assertThat(standings.getFirst().eventsPerSecond()).hasSize(3).isSorted();
        assertThat(standings.getFirst().median())
                .isEqualTo(standings.getFirst().eventsPerSecond().get(1));
        assertThat(standings.getLast().duplicated()).isEqualTo(1);
        assertThat(standings.getLast().publish().getTotalCount()).isEqualTo(3_000);
    }

    /// A contender that does with events what a test says.
    private abstract static class Failing implements Contender {
        abstract void publish(int from, int to, Observations observations) throws InterruptedException;

        void verify() {}

        @Override
        public String name() {
            return "failing";
        }

        @Override
        public SortedMap<String, String> settings() {
            return new TreeMap<>();
        }

        @Override
        public Session open(Load load, Observations observations) {
            return new Session() {
                @Override
                public void publish(int from, int to) throws InterruptedException {
                    Failing.this.publish(from, to, observations);
                }

                @Override
                public void verify() {
                    Failing.this.verify();
                }

                @Override
                public void close() {}
            };
        }
    }
}
