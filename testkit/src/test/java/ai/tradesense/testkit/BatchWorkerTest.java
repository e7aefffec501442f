package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.FailureDecision;
import ai.tradesense.retry.FailurePolicy;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.worker.BatchContext;
import ai.tradesense.worker.BatchWorker;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicBoolean;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Workers that take several events at a time.
final class BatchWorkerTest {
    private final TestPlatform platform = TestPlatform.inMemory();
    private final Set<String> failing = new TreeSet<>();
    private final Set<String> dying = new TreeSet<>();
    private final Set<String> confusing = new TreeSet<>(); // the filter, once
    private final Writer writer = new Writer();

    private class Writer implements BatchWorker {
        private final List<List<String>> batches = new ArrayList<>();
        private final List<String> done = new ArrayList<>();

        @Override
        public String workerName() {
            return "writer";
        }

        @Override
        public Set<String> subscribesTo() {
            return Set.of("*");
        }

        @Override
        public int maxBatchEvents() {
            return 8;
        }

        @Override
        public Duration maxBatchAge() {
            return Duration.ofSeconds(1);
        }

        @Override
        public boolean canHandle(DomainEvent event) {
            if (confusing.remove(event.id())) {
                throw new IllegalStateException("cannot say yet");
            }
            return true;
        }

        @Override
        public void processBatch(List<DomainEvent> events, BatchContext context) {
            List<String> ids = events.stream().map(DomainEvent::id).toList();
            batches.add(ids);
            for (DomainEvent event : events) {
                context.of(event).now();
                if (dying.contains(event.id())) {
                    throw new PermanentException("never");
                }
                if (failing.contains(event.id())) {
                    throw new IllegalStateException("not yet");
                }
            }
            done.addAll(ids);
        }

        List<String> done(String subject) {
            return done.stream().filter(id -> id.startsWith(subject + "#")).toList();
        }
    }

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void a_full_batch_is_processed_at_once_and_the_rest_when_it_is_old_enough() {
        platform.register(writer);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 20));
        platform.settle();
        assertThat(writer.batches).extracting(List::size).containsExactly(8, 8);

        platform.advance(Duration.ofSeconds(1).minusNanos(1));
        assertThat(writer.batches).hasSize(2);
        platform.advance(Duration.ofNanos(1));

        assertThat(writer.batches).extracting(List::size).containsExactly(8, 8, 4);
        assertThat(writer.done).isEqualTo(OrderPlaced.ids("acc", 1, 20));
        assertThat(platform.worker("writer").lag()).isZero();
        assertThat(platform.worker("writer").processed()).isEqualTo(20);
    }

    @Test
    void what_a_filter_and_a_policy_throw_undeclared_concerns_the_one_event() {
        platform.register(new Writer() {
            @Override
            public boolean canHandle(DomainEvent event) {
                if (event.id().equals("b#1")) {
                    BatchWorkerTest.<RuntimeException>throwUndeclared(new IOException("from another language"));
                }
                return true;
            }

            @Override
            public FailurePolicy failurePolicy() {
                return failed -> {
                    BatchWorkerTest.<RuntimeException>throwUndeclared(failed.error());
                    return new FailureDecision.Quarantine();
                };
            }

            @Override
            public void processBatch(List<DomainEvent> events, BatchContext context) {
                writer.processBatch(events, context);
            }
        });
        platform.publish(OrderPlaced.event("a", 1));
        platform.publish(OrderPlaced.event("b", 1));
        platform.publish(OrderPlaced.event("c", 1));
        platform.advance(Duration.ofSeconds(2));

        assertThat(writer.done).containsExactly("a#1", "c#1");
        assertThat(platform.deadLetters()).extracting(ParkedEvent::id).containsExactly("b#1");
        assertThat(platform.worker("writer").lag()).isZero();
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void throwUndeclared(Throwable checked) throws T {
        throw (T) checked;
    }

    @Test
    void one_bad_event_does_not_fail_its_batch() {
        dying.add("b#1");
        platform.register(writer);
        for (String subject : List.of("a", "b", "c", "d", "e", "f", "g", "h")) {
            platform.publish(OrderPlaced.event(subject, 1));
        }
        platform.advance(Duration.ofSeconds(2));

        assertThat(writer.done).containsExactly("a#1", "c#1", "d#1", "e#1", "f#1", "g#1", "h#1");
        assertThat(platform.deadLetters()).extracting(ParkedEvent::id).containsExactly("b#1");
        assertThat(platform.deadLetters().getFirst().attempts()).isOne();
        assertThat(platform.worker("writer").lag()).isZero();
    }

    @Test
    void what_comes_after_a_failing_event_of_its_subject_waits_for_it_also_within_the_batch() {
        failing.add("b#2");
        platform.register(writer);
        for (int number = 1; number <= 4; number++) {
            platform.publish(OrderPlaced.event("a", number));
            platform.publish(OrderPlaced.event("b", number));
        }
        platform.advance(Duration.ofSeconds(2));
        assertThat(writer.done("a")).isEqualTo(OrderPlaced.ids("a", 1, 4));
        assertThat(writer.done("b")).containsExactly("b#1");

        failing.clear();
        platform.advance(Duration.ofMinutes(1));

        assertThat(writer.done("b")).isEqualTo(OrderPlaced.ids("b", 1, 4));
        assertThat(platform.worker("writer").parked()).isZero();
    }

    @Test
    void what_is_lost_while_its_batch_runs_is_left_to_its_new_owner_although_the_batch_fails() {
        ScriptedTransport transport = new ScriptedTransport();
        AtomicBoolean lost = new AtomicBoolean();
        Writer losing = new Writer() {
            @Override
            public int maxBatchEvents() {
                return 4;
            }

            @Override
            public void processBatch(List<DomainEvent> events, BatchContext context) {
                if (lost.compareAndSet(false, true)) {
                    transport.lose(ScriptedTransport.ONE);
                    transport.deliver(OrderPlaced.events("two", 3, 4)); // polled once the loss has been dealt with
                    Awaitility.await().atMost(Threads.PATIENCE).until(transport::isPlayed);
                    failing.add("two#1");
                }
                super.processBatch(events, context);
            }
        };
        try (ThreadRuntime threads = new ThreadRuntime(InstantSource.system());
                TradeSense tradesense = TradeSense.builder()
                        .runtime(threads)
                        .transport(transport)
                        .build()) {
            tradesense.register(losing);
            transport.assign(ScriptedTransport.ONE, ScriptedTransport.TWO);
            transport.deliver(
                    OrderPlaced.event("one", 1),
                    OrderPlaced.event("one", 2),
                    OrderPlaced.event("two", 1),
                    OrderPlaced.event("two", 2));
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> transport.settled().size() == 4); // parked, as two#1 fails
        }

        assertThat(transport.settled()).containsExactlyInAnyOrderElementsOf(OrderPlaced.ids("two", 1, 4));
        assertThat(losing.batches)
                .containsExactly(
                        List.of("one#1", "one#2", "two#1", "two#2"), List.of("two#1", "two#2"), List.of("two#1"));
        assertThat(losing.done).isEmpty();
    }

    @Test
    void what_a_filter_throws_parks_its_event_behind_those_that_were_delivered_before() {
        failing.add("a#1");
        confusing.add("a#2");
        platform.register(writer);
        platform.publish(OrderPlaced.event("a", 1));
        platform.publish(OrderPlaced.event("b", 1));
        platform.publish(OrderPlaced.event("a", 2));
        platform.advance(Duration.ofSeconds(2));
        assertThat(writer.done).containsExactly("b#1");
        failing.clear();

        platform.advance(Duration.ofMinutes(1));

        assertThat(writer.done).containsExactly("b#1", "a#1", "a#2");
    }

    @Test
    void a_replay_that_comes_while_a_batch_is_looked_at_keeps_nothing_of_its_subject_out_of_it() {
        OrderKey key = OrderPlaced.event("a", 0).orderKey();
        AtomicBoolean parked = new AtomicBoolean();
        failing.add("a#1");
        try (Threads threads = new Threads()) {
            Writer looking = new Writer() {
                @Override
                public int maxBatchEvents() {
                    return 3;
                }

                @Override
                public int concurrency() {
                    return 1;
                }

                @Override
                public Duration retryDelay() {
                    return Duration.ofMillis(20);
                }

                @Override
                public boolean canHandle(DomainEvent event) {
                    if (event.id().equals("b#1") && parked.compareAndSet(false, true)) {
                        threads.parking().apply(List.of(new ParkingChange.Park(replayed(OrderPlaced.event("a", 0)))));
                        Awaitility.await()
                                .atMost(Threads.PATIENCE)
                                .until(
                                        () -> { // until it was brought to its lane
                                            ParkedEvent first = threads.parking()
                                                    .head("writer_group", key, 1)
                                                    .getFirst();
                                            return first.progress().caution() == Progress.Caution.SUSPECT;
                                        });
                    }
                    return true;
                }

                @Override
                public void processBatch(List<DomainEvent> events, BatchContext context) {
                    try {
                        super.processBatch(events, context);
                    } finally {
                        if (events.size() == 1) {
                            failing.clear();
                        }
                    }
                }
            };
            threads.tradesense().register(looking);
            threads.tradesense()
                    .publish(List.of(OrderPlaced.event("a", 1), OrderPlaced.event("b", 1), OrderPlaced.event("a", 2)));
            Awaitility.await().atMost(Threads.PATIENCE).until(parked::get);
            threads.awaitRest("writer");

            assertThat(looking.done("a")).isEqualTo(OrderPlaced.ids("a", 0, 2));
        }
    }

    private static ParkedEvent replayed(DomainEvent event) {
        return new ParkedEvent(
                        0,
                        "writer_group",
                        "writer",
                        event.orderKey(),
                        event.source().toString(),
                        event.id(),
                        event,
                        null,
                        null,
                        Progress.FOLLOWER,
                        VirtualClock.START,
                        List.of())
                .replayedBy("replay-1");
    }

    @ParameterizedTest
    @CsvSource({"RELEASE, false", "RELEASE, true", "HOLD, false", "HOLD, true"})
    void any_number_of_failing_events_keeps_each_subject_in_order(Followers followers, boolean opens) {
        Writer worker = new Writer() {
            @Override
            public Followers followersOfDeadLetters() {
                return followers;
            }

            @Override
            public BreakerPolicy circuitBreaker() {
                return opens ? new BreakerPolicy(2, 0.3, 8, 4, Duration.ofMillis(300), 1) : BreakerPolicy.NEVER;
            }
        };
        for (long seed = 0; seed < 50; seed++) {
            java.util.Random random = new java.util.Random(seed);
            failing.clear();
            confusing.clear();
            worker.done.clear();
            try (TestPlatform shuffled = TestPlatform.shuffled(seed, settings -> settings)) {
                shuffled.register(worker);
                for (int number = 1; number <= 20; number++) {
                    for (String subject : List.of("a", "b", "c")) {
                        switch (random.nextInt(8)) {
                            case 0 -> failing.add(subject + "#" + number);
                            case 1 -> confusing.add(subject + "#" + number);
                            default -> {}
                        }
                        shuffled.publish(OrderPlaced.event(subject, number));
                    }
                }
                shuffled.advance(Duration.ofSeconds(3));
                failing.clear();
                shuffled.advance(Duration.ofHours(1));

                for (String subject : List.of("a", "b", "c")) {
                    assertThat(worker.done(subject)).as("seed %s", seed).isEqualTo(OrderPlaced.ids(subject, 1, 20));
                }
            }
        }
    }
}
