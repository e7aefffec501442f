package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.BitSet;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DoneOffsetsTest {
    private static BitSet bits(int... set) {
        BitSet bits = new BitSet();
        for (int each : set) {
            bits.set(each);
        }
        return bits;
    }

    private static BitSet random(long seed, int length, int oneIn) {
        Random random = new Random(seed);
        BitSet bits = new BitSet();
        for (int index = 0; index < length; index++) {
            bits.set(index, random.nextInt(oneIn) == 0);
        }
        return bits;
    }

    @Test
    void what_is_written_is_read() {
        for (BitSet done :
                new BitSet[] {bits(), bits(1), bits(0), bits(1, 2, 3, 500), bits(DoneOffsets.MAX_OFFSETS - 1)}) {
            assertThat(DoneOffsets.read(DoneOffsets.write(done))).isEqualTo(done);
        }
        for (long seed = 0; seed < 100; seed++) {
            BitSet done = random(seed, 1_000, 1 + (int) seed % 7);
            assertThat(DoneOffsets.read(DoneOffsets.write(done)))
                    .as("seed " + seed)
                    .isEqualTo(done);
        }
    }

    @Test
    void what_does_not_fit_is_left_out_from_the_end() {
        BitSet done = random(1, DoneOffsets.MAX_OFFSETS, 2);

        String text = DoneOffsets.write(done);

        BitSet read = DoneOffsets.read(text);
        assertThat(text.length()).isLessThanOrEqualTo(DoneOffsets.MAX_LENGTH);
        assertThat(read.length()).isBetween(2_000, done.length() - 1);
        assertThat(read).isEqualTo(done.get(0, read.length()));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "something else", "ts1:%%%", "ts1:////////"})
    void what_somebody_else_wrote_is_nothing(String metadata) {
        assertThat(DoneOffsets.read(metadata).isEmpty()).isTrue();
    }
}
