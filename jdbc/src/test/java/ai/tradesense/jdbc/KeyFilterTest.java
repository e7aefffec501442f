package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.UUID;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyFilterTest {
    private static KeyFilter filterOf(int keys) {
        KeyFilter.Builder builder = new KeyFilter.Builder();
        for (int i = 0; i < keys; i++) {
            builder.add(KeyFilter.hash("account-" + i));
        }
        return new KeyFilter(builder.toBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 10, 100, 1_000, 4_096, 4_352})
    void no_key_is_denied_and_few_others_are_admitted(int keys) {
        KeyFilter filter = filterOf(keys);

        for (int i = 0; i < keys; i++) {
            assertThat(filter.mayContain(KeyFilter.hash("account-" + i))).isTrue();
        }
        int wrong = 0;
        for (int i = 0; i < 100_000; i++) {
            wrong += filter.mayContain(KeyFilter.hash("other-" + i)) ? 1 : 0;
        }
        assertThat(wrong).isLessThan(1_000);
    }

    @Test
    void a_filter_of_few_keys_is_small() {
        KeyFilter.Builder few = new KeyFilter.Builder();
        for (int i = 0; i < 4_096; i++) {
            few.add(KeyFilter.hash("account-" + i % 20));
        }
        assertThat(few.toBytes().length).isLessThanOrEqualTo(64);
        assertThat(new KeyFilter.Builder().toBytes()).hasSize(8);
    }

    @Test
    void keys_of_version_7_are_ordered_by_their_time_and_others_stand_before_them() {
        long early = IdKeys.keyOf("019b8d2a-7c00-7000-8000-000000000001");
        long late = IdKeys.keyOf("019b8d2a-7c01-7000-8000-000000000001");
        assertThat(early).isPositive();
        assertThat(late).isGreaterThan(early);
        assertThat(late >>> 16).isEqualTo(0x019b8d2a7c01L);
        for (String id : new String[] {
            "1",
            UUID.nameUUIDFromBytes(new byte[] {1}).toString(),
            "019b8d2a-7c00-4000-8000-000000000001",
            "019b8d2a-7c0x-7000-8000-000000000001",
            "00000000-0000-7000-8000-000000000001",
            "ffffffff-ffff-7000-8000-000000000001"
        }) {
            assertThat(IdKeys.keyOf(id)).as(id).isNegative();
        }
    }

    @Test
    void what_stands_in_databases_is_computed_as_ever() {
        assertThat(IdKeys.keyOf("019b8d2a-7c00-7000-8000-000000000001")).isEqualTo(KEY_OF_VERSION_7);
        assertThat(IdKeys.keyOf("order-17")).isEqualTo(KEY_OF_TEXT);
        assertThat(KeyFilter.hash("account-1")).isEqualTo(HASH_OF_ACCOUNT);
    }

    private static final long KEY_OF_VERSION_7 = 115_841_429_036_618_329L;
    private static final long KEY_OF_TEXT = -1_099_962_994_480_132_685L;
    private static final long HASH_OF_ACCOUNT = 7_825_481_104_534_402_277L;
}
