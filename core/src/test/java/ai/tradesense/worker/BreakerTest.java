package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.OrderKey;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.worker.WorkerStatus.BreakerState;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class BreakerTest {
    @Test
    void a_breaker_tries_again_although_the_clock_is_set_back() {
        AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
        BreakerPolicy policy = new BreakerPolicy(1, 1, 10, 10, Duration.ofSeconds(30), 1);
        Breaker breaker = new Breaker("margin", policy, now::get, () -> {});
        breaker.failed(new OrderKey("Trading", "acc"));
        assertThat(breaker.isOpen()).isTrue();
        assertThat(breaker.mayAttempt()).isFalse();

        now.set(now.get().minus(Duration.ofHours(1)));

        assertThat(breaker.isOpen()).isFalse();
        assertThat(breaker.mayAttempt()).isTrue();
        breaker.succeeded(1);
        assertThat(breaker.state()).isEqualTo(BreakerState.CLOSED);
    }
}
