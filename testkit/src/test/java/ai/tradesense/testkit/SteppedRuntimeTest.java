package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime.Kind;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class SteppedRuntimeTest {
    private final VirtualClock clock = new VirtualClock();
    private final SteppedRuntime runtime = new SteppedRuntime(clock);
    private final List<String> log = new ArrayList<>();

    /// Does one piece of work per step.
    private class Queued implements Agent {
        private final String name;
        private final Queue<Runnable> work = new ArrayDeque<>();

        Queued(String name) {
            this.name = name;
        }

        @Override
        public String name() {
            return name;
        }

        @Override
        public int doWork() {
            Runnable next = work.poll();
            if (next == null) {
                return 0;
            }
            log.add(name);
            next.run();
            return 1;
        }
    }

    private static final class Ticking implements Agent {
        private final VirtualClock clock;
        private final Duration every;
        private final List<Instant> ticks = new ArrayList<>();
        private Instant next;

        Ticking(VirtualClock clock, Duration every) {
            this.clock = clock;
            this.every = every;
            this.next = clock.instant().plus(every);
        }

        @Override
        public String name() {
            return "ticking";
        }

        @Override
        public int doWork() {
            if (clock.instant().isBefore(next)) {
                return 0;
            }
            ticks.add(clock.instant());
            next = next.plus(every);
            return 1;
        }

        @Override
        public Instant wakeAt() {
            return next;
        }
    }

    @Test
    void settling_goes_on_until_nobody_has_work() {
        Queued first = new Queued("first");
        Queued second = new Queued("second");
        AgentHandle firstHandle = runtime.start(first, Kind.LOOP);
        AgentHandle secondHandle = runtime.start(second, Kind.LOOP);
        first.work.add(() -> {
            second.work.add(() -> {
                first.work.add(() -> {});
                firstHandle.wake();
            });
            secondHandle.wake();
        });

        runtime.settle();

        assertThat(log).containsExactly("first", "second", "first");
        assertThat(runtime.round()).isZero();
    }

    @Test
    void an_idle_agent_is_not_called_until_it_is_woken() {
        Queued agent = new Queued("agent");
        AgentHandle handle = runtime.start(agent, Kind.LOOP);
        runtime.settle();
        agent.work.add(() -> {});

        runtime.settle();
        assertThat(log).as("nobody said that there was work").isEmpty();

        handle.wake();
        runtime.settle();
        assertThat(log).containsExactly("agent");
    }

    @Test
    void advancing_stops_at_every_time_that_an_agent_asked_for() {
        Ticking agent = new Ticking(clock, Duration.ofSeconds(5));
        runtime.start(agent, Kind.LOOP);

        runtime.advance(Duration.ofSeconds(17));

        assertThat(agent.ticks)
                .containsExactly(
                        VirtualClock.START.plusSeconds(5),
                        VirtualClock.START.plusSeconds(10),
                        VirtualClock.START.plusSeconds(15));
        assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusSeconds(17));
        runtime.advance(Duration.ofSeconds(3));
        assertThat(agent.ticks).as("the end belongs to it").hasSize(4);
    }

    @Test
    void agents_that_never_rest_are_named() {
        Queued quiet = new Queued("quiet");
        Queued restless = new Queued("restless");
        restless.work.add(() -> restless.work.add(this::loop));
        this.loops = restless;
        runtime.start(quiet, Kind.LOOP);
        runtime.start(restless, Kind.LOOP);

        assertThatIllegalStateException()
                .isThrownBy(runtime::settle)
                .withMessageContaining("restless has work")
                .withMessageNotContaining("quiet");
    }

    private @Nullable Queued loops;

    private void loop() {
        loops.work.add(this::loop);
    }

    @Test
    void an_agent_that_asks_for_a_time_that_has_passed_and_does_nothing_is_named() {
        runtime.start(
                new Agent() {
                    @Override
                    public String name() {
                        return "impatient";
                    }

                    @Override
                    public int doWork() {
                        return 0;
                    }

                    @Override
                    public Instant wakeAt() {
                        return VirtualClock.START.minusSeconds(1);
                    }
                },
                Kind.LOOP);

        assertThatIllegalStateException()
                .isThrownBy(runtime::settle)
                .withMessageContaining("impatient wants to be called at");
    }

    @Test
    void a_seed_gives_the_same_order_again_and_other_seeds_give_others() {
        Set<List<String>> orders = new HashSet<>();
        for (long seed = 0; seed < 20; seed++) {
            List<String> order = orderOf(seed);
            assertThat(orderOf(seed)).isEqualTo(order);
            orders.add(order);
        }
        assertThat(orders).hasSizeGreaterThan(10);
    }

    private List<String> orderOf(long seed) {
        log.clear();
        SteppedRuntime shuffled = new SteppedRuntime(clock, seed);
        for (String name : List.of("a", "b", "c")) {
            Queued agent = new Queued(name);
            agent.work.addAll(List.of(() -> {}, () -> {}, () -> {}));
            shuffled.start(agent, Kind.LOOP);
        }
        shuffled.settle();
        assertThat(log).hasSize(9);
        return List.copyOf(log);
    }

    @Test
    void a_closed_agent_is_called_no_more_also_when_it_closes_itself() {
        Queued agent = new Queued("agent");
        AgentHandle handle = runtime.start(agent, Kind.LOOP);
        agent.work.add(handle::close);
        agent.work.add(() -> {});

        runtime.settle();

        assertThat(log).containsExactly("agent");
        assertThat(runtime.running()).isEmpty();
        handle.close();
        handle.wake();
        runtime.settle();
        assertThat(log).hasSize(1);
    }

    @Test
    void another_thread_that_closes_an_agent_waits_for_its_step() throws InterruptedException {
        CountDownLatch inStep = new CountDownLatch(1);
        CountDownLatch mayEnd = new CountDownLatch(1);
        Queued agent = new Queued("agent");
        agent.work.add(() -> {
            inStep.countDown();
            awaitQuietly(mayEnd);
            log.add("end of step");
        });
        AgentHandle handle = runtime.start(agent, Kind.LOOP);
        Thread stepping = Thread.ofVirtual().start(runtime::settle);
        inStep.await();
        Thread closing = Thread.ofVirtual().start(() -> {
            handle.close();
            log.add("closed");
        });
        Awaitility.await().until(() -> runtime.running().isEmpty());
        Awaitility.await().until(() -> closing.getState() == Thread.State.TIMED_WAITING);

        mayEnd.countDown();
        closing.join();
        stepping.join();

        assertThat(log).containsExactly("agent", "end of step", "closed");
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    @Test
    void a_step_may_not_step_others() {
        Queued agent = new Queued("agent");
        agent.work.add(runtime::settle);
        runtime.start(agent, Kind.LOOP);
        Queued other = new Queued("other");
        other.work.add(() -> {});
        runtime.start(other, Kind.LOOP);

        assertThatIllegalStateException()
                .isThrownBy(runtime::settle)
                .withMessageContaining("agent failed in its step")
                .withStackTraceContaining("agents are stepped already: agent is in its step");
    }

    @Test
    void a_step_that_fails_fails_the_test_and_the_agent_goes_on_after() {
        Queued agent = new Queued("agent");
        agent.work.add(() -> {
            throw new UnsupportedOperationException("not today");
        });
        agent.work.add(() -> {});
        runtime.start(agent, Kind.LOOP);

        assertThatIllegalStateException()
                .isThrownBy(runtime::settle)
                .withMessage("agent failed in its step")
                .withCauseInstanceOf(UnsupportedOperationException.class);

        runtime.settle();
        assertThat(log).hasSize(2);
    }

    @Test
    void a_closed_runtime_runs_nothing_and_starts_nothing() {
        Queued agent = new Queued("agent");
        agent.work.add(() -> {});
        runtime.start(agent, Kind.LOOP);

        runtime.close();
        runtime.close();
        runtime.settle();

        assertThat(log).isEmpty();
        assertThatIllegalStateException()
                .isThrownBy(() -> runtime.start(agent, Kind.LOOP))
                .withMessageContaining("agent cannot start");
    }
}
