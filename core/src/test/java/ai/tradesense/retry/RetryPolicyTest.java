package ai.tradesense.retry;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.InvalidEventException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// What is decided of a failure: pure, so every answer can be asked for.
final class RetryPolicyTest {
    private static final FailureDecision GIVE_UP = new FailureDecision.GiveUp();
    private static final RetryPolicy USUAL = new RetryPolicy(3, Duration.ofSeconds(5), Duration.ofMinutes(1));
    private final RuntimeException unknown = new IllegalStateException("unknown");

    private static FailureDecision after(RetryPolicy policy, int attempt, Throwable error) {
        return policy.decide(new FailedAttempt(attempt, error, Duration.ZERO, 0.5));
    }

    private static FailureDecision retryAfter(Duration delay) {
        return new FailureDecision.RetryAfter(delay);
    }

    @Test
    void the_delay_doubles_from_attempt_to_attempt_until_it_is_the_longest() {
        RetryPolicy patient = new RetryPolicy(100, Duration.ofSeconds(5), Duration.ofSeconds(15));

        assertThat(after(patient, 1, unknown)).isEqualTo(retryAfter(Duration.ofSeconds(5)));
        assertThat(after(patient, 2, unknown)).isEqualTo(retryAfter(Duration.ofSeconds(10)));
        assertThat(after(patient, 3, unknown)).isEqualTo(retryAfter(Duration.ofSeconds(15)));
        assertThat(after(patient, 100, unknown)).isEqualTo(retryAfter(Duration.ofSeconds(15)));
        assertThat(after(patient, 101, unknown)).isEqualTo(GIVE_UP);
    }

    @Test
    void jitter_makes_a_delay_longer_by_chance_and_never_shorter() {
        RetryPolicy jittery = USUAL.withJitter(0.2);

        assertThat(jittery.decide(new FailedAttempt(1, unknown, Duration.ZERO, 0)))
                .isEqualTo(retryAfter(Duration.ofSeconds(5)));
        assertThat(jittery.decide(new FailedAttempt(1, unknown, Duration.ZERO, 0.75)))
                .isEqualTo(retryAfter(Duration.ofMillis(5_750)));
    }

    @Test
    void what_would_be_tried_again_too_long_after_its_first_failure_is_given_up() {
        RetryPolicy impatient =
                new RetryPolicy(100, Duration.ofSeconds(5), Duration.ofMinutes(1)).withMaxAge(Duration.ofSeconds(30));

        assertThat(impatient.decide(new FailedAttempt(2, unknown, Duration.ofSeconds(20), 0)))
                .isEqualTo(retryAfter(Duration.ofSeconds(10)));
        assertThat(impatient.decide(
                        new FailedAttempt(2, unknown, Duration.ofSeconds(20).plusNanos(1), 0)))
                .isEqualTo(GIVE_UP);
    }

    @Test
    void errors_are_transient_unless_they_say_otherwise() {
        assertThat(after(USUAL, 1, unknown)).isEqualTo(retryAfter(Duration.ofSeconds(5)));
        assertThat(after(USUAL, 1, new TransientException("busy"))).isEqualTo(retryAfter(Duration.ofSeconds(5)));
        assertThat(after(USUAL, 1, new PermanentException("no such account"))).isEqualTo(GIVE_UP);
        assertThat(after(USUAL, 1, new InvalidEventException("/price", "is missing")))
                .isEqualTo(new FailureDecision.Quarantine());
    }

    @Test
    void the_first_rule_that_names_an_error_or_what_it_extends_decides() {
        RetryPolicy ruled = USUAL.on(
                        UncheckedIOException.class, new RetryPolicy(1, Duration.ofHours(1), Duration.ofHours(1)))
                .on(PermanentException.class, failed -> retryAfter(Duration.ofDays(1)))
                .on(IllegalArgumentException.class, FailurePolicy.QUARANTINE)
                .on(RuntimeException.class, FailurePolicy.GIVE_UP);

        UncheckedIOException io = new UncheckedIOException(new IOException("no route"));
        assertThat(after(ruled, 1, io)).isEqualTo(retryAfter(Duration.ofHours(1)));
        assertThat(after(ruled, 2, io)).as("with a ceiling of its own").isEqualTo(GIVE_UP);
        assertThat(after(ruled, 1, new PermanentException("not yet"))).isEqualTo(retryAfter(Duration.ofDays(1)));
        assertThat(after(ruled, 1, new NumberFormatException("x"))).isEqualTo(new FailureDecision.Quarantine());
        assertThat(after(ruled, 1, unknown)).isEqualTo(GIVE_UP);
        assertThat(after(ruled, 1, new AssertionError("no rule")))
                .as("what no rule names")
                .isEqualTo(retryAfter(Duration.ofSeconds(5)));
    }
}
