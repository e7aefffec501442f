package ai.tradesense.retry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class BreakerPolicyTest {
    @ParameterizedTest
    @ValueSource(strings = {"PT0S", "PT-1S", "PT0.000999999S", "P366D"})
    void a_time_that_no_breaker_can_be_open_for_is_refused(String openFor) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> BreakerPolicy.DEFAULT.openFor(Duration.parse(openFor)))
                .withMessageContaining("openFor is " + Duration.parse(openFor));
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, -0.1, 1e-60, 1.01, Double.NaN})
    void a_rate_that_is_none_is_refused(double rate) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new BreakerPolicy(1, rate, 10, 10, Duration.ofSeconds(1), 1))
                .withMessageContaining("failureRate is " + rate);
    }

    @Test
    void the_shortest_time_and_the_lowest_rate_are_allowed() {
        BreakerPolicy policy = new BreakerPolicy(1, 0.000_001, 10, 10, Duration.ofMillis(1), 1);

        assertThat(policy.openFor()).isEqualTo(Duration.ofMillis(1));
    }
}
