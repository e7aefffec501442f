package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.retry.FailedAttempt;
import ai.tradesense.retry.FailureDecision;
import ai.tradesense.retry.FailurePolicy;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.retry.RetryPolicy;
import ai.tradesense.testkit.RecordingWorker.Call;
import ai.tradesense.worker.Worker;
import ai.tradesense.worker.WorkerStatus;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What becomes of an event whose handler fails.
final class RetryTest {
    private final TestPlatform platform = TestPlatform.inMemory();

    @AfterEach
    void close() {
        platform.close();
    }

    private static Instant after(double seconds) {
        return VirtualClock.START.plus(Duration.ofNanos((long) (seconds * 1e9)));
    }

    private static void fail() {
        throw new IllegalStateException("not yet");
    }

    @Test
    void a_failing_event_is_tried_again_after_exactly_5_10_and_20_seconds_and_is_then_dead() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> fail());
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));

        platform.advance(Duration.ofSeconds(35).minusNanos(1));
        assertThat(platform.deadLetters()).isEmpty();
        assertThat(worker.calls()).hasSize(3);
        platform.advance(Duration.ofNanos(1));

        assertThat(worker.calls())
                .containsExactly(
                        new Call("acc#1", 1, after(0)),
                        new Call("acc#1", 2, after(5)),
                        new Call("acc#1", 3, after(15)),
                        new Call("acc#1", 4, after(35)));
        ParkedEvent dead = platform.deadLetters().getFirst();
        assertThat(dead.state()).isEqualTo(State.DEAD);
        assertThat(dead.id()).isEqualTo("acc#1");
        assertThat(dead.worker()).isEqualTo("margin");
        assertThat(dead.group()).isEqualTo("margin_group");
        assertThat(dead.attempts()).isEqualTo(4);
        assertThat(dead.failures()).extracting(Failure::attempt).containsExactly(1, 2, 3, 4);
        assertThat(dead.failures()).extracting(Failure::at).containsExactly(after(0), after(5), after(15), after(35));
        assertThat(dead.failures()).allSatisfy(failure -> {
            assertThat(failure.exception()).isEqualTo(IllegalStateException.class.getName());
            assertThat(failure.message()).isEqualTo("not yet");
            assertThat(failure.stackTrace()).contains("RetryTest.fail");
        });
        platform.advance(Duration.ofDays(1));
        assertThat(worker.calls()).as("a dead event is left alone").hasSize(4);
    }

    @Test
    void an_event_that_fails_for_longer_than_the_longest_age_is_dead_although_it_has_retries_left() {
        registerWithPolicy(new RetryPolicy(1_000, Duration.ofSeconds(5), Duration.ofMinutes(10))
                .withMaxAge(Duration.ofMinutes(1)));

        platform.advance(Duration.ofSeconds(35).minusNanos(1)); // after 5, 10 and 20 s; 40 more are too many
        assertThat(platform.deadLetters()).isEmpty();
        platform.advance(Duration.ofNanos(1));

        assertThat(platform.deadLetters()).hasSize(1);
        assertThat(platform.deadLetters().getFirst().attempts()).isEqualTo(4);
    }

    @Test
    void an_event_that_succeeds_in_the_end_is_processed_and_waits_nowhere() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            if (context.attempt() < 3) {
                fail();
            }
        });
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));

        platform.advance(Duration.ofSeconds(14));
        assertThat(platform.worker("margin").parked()).isOne();
        platform.advance(Duration.ofSeconds(1));

        assertThat(worker.processed()).containsExactly("acc#1");
        WorkerStatus status = platform.worker("margin");
        assertThat(status.parked()).isZero();
        assertThat(status.deadLetters()).isZero();
        assertThat(status.lag()).isZero();
        assertThat(status.inFlight()).isZero();
        assertThat(status.processed()).isOne();
        assertThat(status.failed()).isEqualTo(2);
    }

    @Test
    void a_worker_that_never_tries_again_gives_up_at_once() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> fail()) {
            @Override
            public int maxRetries() {
                return 0;
            }
        };
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));

        platform.settle();

        assertThat(worker.calls()).hasSize(1);
        assertThat(platform.deadLetters()).extracting(ParkedEvent::attempts).containsExactly(1);
    }

    @Test
    void the_delay_grows_up_to_the_longest() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> fail()) {
            @Override
            public int maxRetries() {
                return 5;
            }

            @Override
            public Duration retryDelay() {
                return Duration.ofSeconds(1);
            }

            @Override
            public Duration maxRetryDelay() {
                return Duration.ofSeconds(3);
            }
        };
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));

        platform.advance(Duration.ofMinutes(1));

        assertThat(worker.calls())
                .extracting(Call::at)
                .containsExactly(after(0), after(1), after(3), after(6), after(9), after(12));
        assertThat(platform.deadLetters()).hasSize(1);
    }

    @Test
    void a_delay_of_nothing_tries_again_at_once() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> fail()) {
            @Override
            public Duration retryDelay() {
                return Duration.ZERO;
            }

            @Override
            public Duration maxRetryDelay() {
                return Duration.ZERO;
            }
        };
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));

        platform.settle();

        assertThat(worker.calls()).hasSize(4);
        assertThat(platform.deadLetters()).hasSize(1);
    }

    @Test
    void a_permanent_failure_is_dead_at_once_and_its_followers_go_on() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            if (event.id().equals("acc#2")) {
                throw new PermanentException("no such account");
            }
        });
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 4));

        platform.settle();

        assertThat(worker.processed()).containsExactly("acc#1", "acc#3", "acc#4");
        assertThat(platform.deadLetters()).extracting(ParkedEvent::id).containsExactly("acc#2");
    }

    @Test
    void a_permanent_failure_of_a_retry_is_dead_at_once_too() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            if (context.attempt() == 2) {
                throw new PermanentException("no such account");
            }
            fail();
        });
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));

        platform.advance(Duration.ofSeconds(5));

        assertThat(worker.calls()).hasSize(2);
        assertThat(platform.deadLetters()).extracting(ParkedEvent::attempts).containsExactly(2);
    }

    @Test
    void an_error_is_a_failure_like_any_other() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            if (event.id().equals("acc#1") && context.attempt() == 1) {
                throw new StackOverflowError();
            }
        });
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 2));

        platform.advance(Duration.ofSeconds(5));

        assertThat(worker.processed()).containsExactly("acc#1", "acc#2");
    }

    /// An exception that cannot even say what it is.
    private static final class UnspeakableException extends RuntimeException {
        @Override
        public String getMessage() {
            throw new UnsupportedOperationException("no message");
        }

        @Override
        public String toString() {
            throw new UnsupportedOperationException("no text");
        }
    }

    @Test
    void an_exception_that_cannot_be_described_is_a_failure_like_any_other() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            throw new UnspeakableException();
        });
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));

        platform.advance(Duration.ofSeconds(35));

        assertThat(worker.calls()).hasSize(4);
        assertThat(platform.deadLetters())
                .singleElement()
                .satisfies(dead -> assertThat(dead.failures().getFirst().toString())
                        .contains(UnspeakableException.class.getName()));
    }

    @Test
    void a_worker_may_bring_a_policy_of_its_own() {
        FailurePolicy policy = failed -> failed.attempt() < 3
                ? new FailureDecision.RetryAfter(Duration.ofMinutes(failed.attempt()))
                : new FailureDecision.GiveUp();
        registerWithPolicy(policy);

        platform.advance(Duration.ofMinutes(3).minusNanos(1));
        assertThat(platform.deadLetters()).isEmpty();
        platform.advance(Duration.ofNanos(1));

        assertThat(platform.deadLetters()).hasSize(1);
    }

    private void registerWithPolicy(FailurePolicy policy) {
        platform.register(Worker.named("margin")
                .on("*", (event, context) -> fail())
                .failurePolicy(policy)
                .build());
        platform.publish(OrderPlaced.event("acc", 1));
    }

    private enum BrokenPolicy implements FailurePolicy {
        THROWS {
            @Override
            public FailureDecision decide(FailedAttempt failed) {
                throw new IllegalArgumentException("cannot decide");
            }
        },
        THROWS_WHAT_IT_WAS_GIVEN {
            @Override
            public FailureDecision decide(FailedAttempt failed) {
                throw (IllegalStateException) failed.error();
            }
        },
        THROWS_AN_ERROR {
            @Override
            public FailureDecision decide(FailedAttempt failed) {
                throw new NoClassDefFoundError("missing");
            }
        },
        ANSWERS_NOTHING {
            @Override
            public @Nullable FailureDecision decide(FailedAttempt failed) {
                return null;
            }
        },
        DELAYS_BEYOND_ALL_TIME {
            @Override
            public FailureDecision decide(FailedAttempt failed) {
                return new FailureDecision.RetryAfter(Duration.ofSeconds(Long.MAX_VALUE));
            }
        },
        DELAYS_INTO_THE_PAST {
            @Override
            public FailureDecision decide(FailedAttempt failed) {
                return new FailureDecision.RetryAfter(Duration.ofSeconds(-1));
            }
        };
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "THROWS",
                "THROWS_WHAT_IT_WAS_GIVEN",
                "THROWS_AN_ERROR",
                "ANSWERS_NOTHING",
                "DELAYS_BEYOND_ALL_TIME",
                "DELAYS_INTO_THE_PAST"
            })
    void a_policy_that_cannot_decide_gives_up(String policy) {
        registerWithPolicy(BrokenPolicy.valueOf(policy));

        platform.settle();

        assertThat(platform.deadLetters()).extracting(ParkedEvent::id).containsExactly("acc#1");
        assertThat(platform.worker("margin").inFlight()).isZero();
    }

    @Test
    void an_event_that_a_worker_refuses_counts_as_processed() {
        RecordingWorker worker = new RecordingWorker("margin") {
            @Override
            public boolean canHandle(ai.tradesense.events.DomainEvent event) {
                return !event.id().equals("acc#2");
            }
        };
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));

        platform.settle();

        assertThat(worker.called()).containsExactly("acc#1", "acc#3");
        assertThat(platform.worker("margin").processed()).isEqualTo(3);
        assertThat(platform.worker("margin").lag()).isZero();
    }

    @Test
    void a_worker_that_fails_to_say_whether_it_can_handle_an_event_has_failed() {
        RecordingWorker worker = new RecordingWorker("margin") {
            private int asked;

            @Override
            public boolean canHandle(ai.tradesense.events.DomainEvent event) {
                if (asked++ == 0) {
                    throw new IllegalStateException("cannot say");
                }
                return true;
            }
        };
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 2));

        platform.settle();
        assertThat(worker.called()).isEmpty();
        platform.advance(Duration.ofSeconds(5));

        assertThat(worker.called()).containsExactly("acc#1", "acc#2");
    }

    @Test
    void the_status_says_what_failed_last() {
        platform.register(new RecordingWorker("margin", (event, context) -> fail()));
        platform.publish(OrderPlaced.event("acc", 1));
        platform.settle();

        WorkerStatus status = platform.worker("margin");

        assertThat(status.state()).isEqualTo(WorkerStatus.State.DEGRADED);
        assertThat(status.lastError()).isEqualTo("IllegalStateException: not yet");
        assertThat(status.lastErrorAt()).isEqualTo(VirtualClock.START);
        platform.advance(Duration.ofMinutes(2));
        assertThat(platform.worker("margin").deadLetters()).isOne();
        assertThat(platform.worker("margin").state()).isEqualTo(WorkerStatus.State.RUNNING);
        assertThat(List.of(platform.worker("margin").reason())).containsExactly("");
    }
}
