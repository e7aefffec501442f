package ai.tradesense.codec;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// The decoder of the JDK is the oracle.
class Utf8Test {
    private static int firstInvalidByTheJdk(byte[] bytes) {
        ByteBuffer in = ByteBuffer.wrap(bytes);
        CoderResult result = UTF_8.newDecoder().decode(in, CharBuffer.allocate(bytes.length + 1), true);
        return result.isError() ? in.position() : -1;
    }

    @Test
    void every_code_point_is_valid_and_every_half_of_a_surrogate_pair_is_not() {
        for (int codePoint = 0; codePoint <= Character.MAX_CODE_POINT; codePoint++) {
            boolean surrogate = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
            byte[] bytes = surrogate
                    ? new byte[] {
                        (byte) (0xe0 | (codePoint >> 12)),
                        (byte) (0x80 | ((codePoint >> 6) & 0x3f)),
                        (byte) (0x80 | (codePoint & 0x3f))
                    }
                    : Character.toString(codePoint).getBytes(UTF_8);

            assertThat(Utf8.firstInvalid(bytes)).isEqualTo(surrogate ? 0 : -1);
        }
    }

    @Test
    void every_sequence_of_telling_bytes_is_judged_as_the_jdk_judges_it() {
        int[] interesting = {
            0x00, 0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec, 0xed, 0xee,
            0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xf8, 0xff
        };
        for (int first : interesting) {
            for (int second : interesting) {
                for (int third : interesting) {
                    for (int fourth : interesting) {
                        byte[] bytes = {(byte) first, (byte) second, (byte) third, (byte) fourth};

                        assertThat(Utf8.firstInvalid(bytes))
                                .as("%02x %02x %02x %02x", first, second, third, fourth)
                                .isEqualTo(firstInvalidByTheJdk(bytes));
                    }
                }
            }
        }
    }

    @Test
    void the_place_is_found_at_every_offset_and_length() {
        SplittableRandom random = new SplittableRandom(11);
        for (int round = 0; round < 20_000; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            Arrays.fill(bytes, (byte) 'a');
            if (bytes.length > 0) {
                byte[] some = Character.toString(random.nextInt(0x800, 0xd000)).getBytes(UTF_8);
                int at = random.nextInt(bytes.length);
                System.arraycopy(some, 0, bytes, at, Math.min(some.length, bytes.length - at));
                if (random.nextBoolean()) {
                    bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
                }
            }

            assertThat(Utf8.firstInvalid(bytes)).isEqualTo(firstInvalidByTheJdk(bytes));
        }
    }
}
