package ai.tradesense.retention;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.retention.LegalHold.Scope;
import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RetentionPolicyTest {
    private static final Instant NOW = Instant.parse("2026-03-01T00:00:00Z");
    private static final Duration DAY = Duration.ofDays(1);

    @Test
    void a_domain_has_its_own_age_or_that_of_all_others_or_none() {
        Cutoffs cutoffs = new RetentionPolicy(Map.of("Trading", DAY.multipliedBy(3)), Set.of("Risk"), DAY).at(NOW);
        assertThat(cutoffs.of("Trading")).contains(NOW.minus(DAY.multipliedBy(3)));
        assertThat(cutoffs.of("Auth")).contains(NOW.minus(DAY));
        assertThat(cutoffs.of("Risk")).isEmpty();
        assertThat(cutoffs.newest()).contains(NOW.minus(DAY));
    }

    @Test
    void without_a_word_everything_is_kept() {
        assertThat(RetentionPolicy.KEEP_EVERYTHING.keepsEverything()).isTrue();
        assertThat(RetentionPolicy.KEEP_EVERYTHING.at(NOW).newest()).isEmpty();
        assertThat(RetentionPolicy.KEEP_EVERYTHING.at(NOW).of("Trading")).isEmpty();
        assertThat(RetentionPolicy.KEEP_EVERYTHING.with("Trading", DAY).keepsEverything())
                .isFalse();
    }

    @Test
    void an_age_beyond_the_beginning_of_time_removes_nothing() {
        Cutoffs cutoffs = RetentionPolicy.KEEP_EVERYTHING
                .with("Trading", Duration.ofSeconds(Long.MAX_VALUE))
                .at(NOW);
        assertThat(cutoffs.of("Trading")).contains(Instant.MIN);
    }

    @Test
    void ages_that_make_no_sense_are_refused() {
        assertThatThrownBy(() -> RetentionPolicy.KEEP_EVERYTHING.with("Trading", Duration.ZERO))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Trading");
        assertThatThrownBy(() -> new RetentionPolicy(Map.of("Risk", DAY), Set.of("Risk"), null))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void a_policy_is_written_the_same_way_whatever_the_order() {
        RetentionPolicy policy = new RetentionPolicy(Map.of("Trading", DAY, "Auth", DAY), Set.of("Risk"), null);
        assertThat(policy).hasToString("Auth=PT24H Trading=PT24H Risk=forever default=forever");
    }

    @Test
    void a_hold_covers_what_everything_in_it_is_true_of() {
        Scope scope = new Scope("Trading", null, NOW, NOW.plus(DAY));
        assertThat(scope.mayCover("Trading", "a")).isTrue();
        assertThat(scope.mayCover("Risk", "a")).isFalse();
        assertThat(scope.coversTime(NOW)).isTrue();
        assertThat(scope.coversTime(NOW.minusNanos(1))).isFalse();
        assertThat(scope.coversTime(NOW.plus(DAY))).isFalse();
        assertThatThrownBy(() -> new Scope(null, null, null, null)).isInstanceOf(InvalidHoldException.class);
        assertThatThrownBy(() -> new Scope(null, null, NOW, NOW))
                .isInstanceOfSatisfying(
                        InvalidHoldException.class,
                        wrong -> assertThat(wrong.pointer()).isEqualTo("/to"));
    }
}
