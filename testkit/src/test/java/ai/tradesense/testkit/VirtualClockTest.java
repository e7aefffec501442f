package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class VirtualClockTest {
    private final VirtualClock clock = new VirtualClock();

    @Test
    void stands_still_until_it_is_moved() {
        assertThat(clock.instant()).isEqualTo(VirtualClock.START);

        clock.advance(Duration.ofNanos(1));

        assertThat(clock.instant()).isEqualTo(VirtualClock.START.plusNanos(1));
    }

    @Test
    void moves_forward_only() {
        Instant earlier = VirtualClock.START.minusNanos(1);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> clock.moveTo(earlier))
                .withMessageContainingAll(VirtualClock.START.toString(), earlier.toString());
        assertThatIllegalArgumentException().isThrownBy(() -> clock.advance(Duration.ofSeconds(-1)));

        assertThat(clock.instant()).isEqualTo(VirtualClock.START);
        clock.moveTo(VirtualClock.START); // standing still is no step back
    }
}
