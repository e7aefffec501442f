package ai.tradesense.rabbitmq;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.rabbitmq.StreamGroupState.Effect;
import ai.tradesense.rabbitmq.StreamGroupState.Lease;
import ai.tradesense.transport.Partition;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class StreamGroupStateTest {
    private static final Partition PARTITION = new Partition("Trading", 3);

    private final StreamGroupState state = new StreamGroupState();

    private StreamGroupState reads(String... lines) {
        for (String line : lines) {
            Effect _ = state.apply(line, 0);
        }
        return state;
    }

    private Lease lease() {
        return state.lease(PARTITION);
    }

    @Test
    void of_two_who_claim_a_partition_the_first_has_it() {
        reads("lives a 1 0 *", "lives b 1 0 *", "claim Trading 3 1 a 0", "claim Trading 3 1 b 0");
        assertThat(lease().owner()).isEqualTo("a");
        assertThat(lease().epoch()).isEqualTo(1);
    }

    @Test
    void what_an_older_epoch_says_late_is_ignored() {
        reads("claim Trading 3 1 a 0", "done Trading 3 1 10 2-3", "claim Trading 3 2 b 0");
        assertThat(lease().position()).isEqualTo(10);
        assertThat(lease().done().stream()).containsExactly(2, 3);

        reads("done Trading 3 1 50 -", "release Trading 3 1 60 -", "is Trading 3 1 a 70 -");

        assertThat(lease().owner()).isEqualTo("b");
        assertThat(lease().position()).isEqualTo(10);
    }

    @Test
    void a_claim_on_an_owner_that_has_shown_life_meanwhile_does_not_count() {
        reads("lives a 1 0 *", "claim Trading 3 1 a 0");
        String claim = state.claim(PARTITION, lease(), "b", 1);
        reads("lives a 2 0 *", claim);
        assertThat(lease().owner()).isEqualTo("a");

        reads(state.claim(PARTITION, lease(), "b", 1), "lives a 3 0 *");
        assertThat(lease().owner()).isEqualTo("b");
    }

    @Test
    void a_partition_is_not_claimed_if_it_or_its_owner_is_not_as_it_was_when_that_was_decided() {
        reads("lives a 1 0 *", "claim Trading 3 1 a 0");
        Lease decided = lease();
        assertThat(state.claim(PARTITION, decided, "b", 0)).isNull(); // heard at 0
        reads("claim Trading 3 2 c 1");
        assertThat(state.claim(PARTITION, decided, "b", 1)).isNull();
        assertThat(state.claim(PARTITION, lease(), "b", 1)).isEqualTo("claim Trading 3 3 b 0");
    }

    @Test
    void a_partition_that_was_released_is_free_and_its_position_stays() {
        reads("claim Trading 3 1 a 0", "release Trading 3 1 40 1");
        assertThat(lease().owner()).isNull();
        assertThat(lease().position()).isEqualTo(40);
        reads("is Trading 3 1 a 30 -");
        assertThat(lease().owner()).isNull();
        reads("claim Trading 3 2 b 0");
        assertThat(lease().owner()).isEqualTo("b");
    }

    @Test
    void a_position_never_goes_back_unless_its_owner_begins_anew() {
        reads("start Trading 3 5", "start Trading 3 9", "claim Trading 3 1 a 0", "done Trading 3 1 40 -");
        reads("done Trading 3 1 30 -", "is Trading 3 1 a 20 -");
        assertThat(lease().position()).isEqualTo(40);
        reads("reset Trading 3 2 b");
        assertThat(lease().position()).isEqualTo(40);
        reads("reset Trading 3 2 a");
        assertThat(lease()).isEqualTo(new Lease(2, "a", 0, new BitSet()));
    }

    @Test
    void who_reads_only_what_was_said_again_comes_to_the_same() {
        reads(
                "joined Trading",
                "start Trading 2 7",
                "lives a 1 0 Trading",
                "claim Trading 3 1 a 0",
                "done Trading 3 1 40 2,4-5",
                "gone a");
        StreamGroupState late = new StreamGroupState();
        state.restated(Set.of()).forEach(line -> late.apply(line, 0));

        assertThat(late.lease(PARTITION)).isEqualTo(lease());
        assertThat(late.lease(new Partition("Trading", 2)).position()).isEqualTo(7);
        assertThat(late.hasJoined("Trading")).isTrue();
        assertThat(late.hasJoined("Risk")).isFalse();
    }

    @Test
    void ranges_come_back_as_they_were_written() {
        for (String text : List.of("-", "0", "3-9,12", "65535")) {
            assertThat(StreamRanges.write(StreamRanges.read(text))).isEqualTo(text);
        }
        BitSet alternating = new BitSet();
        for (int bit = 1; bit < 2_000; bit += 2) {
            alternating.set(bit);
        }
        assertThat(StreamRanges.read(StreamRanges.write(alternating)).cardinality())
                .isEqualTo(256);
    }
}
