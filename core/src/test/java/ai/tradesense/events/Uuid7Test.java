package ai.tradesense.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.Callable;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Uuid7Test {
    private static final Instant NOON = Instant.parse("2026-03-01T12:00:00.123Z");

    private final AtomicLong millis = new AtomicLong(NOON.toEpochMilli());
    private final InstantSource clock = () -> Instant.ofEpochMilli(millis.get());

    private Uuid7 generator(long seed) {
        return new Uuid7(clock, new SplittableRandom(seed));
    }

    private static long millisOf(String id) {
        return UUID.fromString(id).getMostSignificantBits() >>> 16;
    }

    @Test
    void an_id_is_laid_out_as_rfc_9562_says() {
        String id = generator(1).next();
        UUID uuid = UUID.fromString(id);

        assertThat(id).matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
        assertThat(uuid.version()).isEqualTo(7);
        assertThat(uuid.variant()).isEqualTo(2);
        assertThat(millisOf(id)).isEqualTo(NOON.toEpochMilli());
    }

    @Test
    void ids_of_a_clock_that_stands_still_ascend() {
        Uuid7 ids = generator(2);
        String last = ids.next();
        for (int i = 0; i < 300_000; i++) {
            String next = ids.next();
            assertThat(next).isGreaterThan(last);
            last = next;
        }
        assertThat(millisOf(last))
                .as("the counter ran over into the next milliseconds")
                .isBetween(NOON.toEpochMilli() + 1, NOON.toEpochMilli() + 2);
    }

    @Test
    void ids_of_a_clock_that_steps_back_ascend_and_follow_the_clock_again_once_it_has_caught_up() {
        Uuid7 ids = generator(3);
        String before = ids.next();
        millis.addAndGet(-3_600_000);
        String during = ids.next();
        millis.addAndGet(3_600_005);
        String after = ids.next();

        assertThat(List.of(before, during, after)).isSorted().doesNotHaveDuplicates();
        assertThat(millisOf(during)).isEqualTo(NOON.toEpochMilli());
        assertThat(millisOf(after)).isEqualTo(NOON.toEpochMilli() + 5);
    }

    @ParameterizedTest
    @ValueSource(longs = {10, 11, 12, 13})
    void ids_ascend_whatever_the_clock_does(long seed) {
        Uuid7 ids = generator(seed);
        SplittableRandom random = new SplittableRandom(seed);
        String last = "";
        for (int i = 0; i < 100_000; i++) {
            millis.addAndGet(random.nextInt(5) == 0 ? random.nextLong(-1_000, 1_200) : 0);
            String next = ids.next();
            assertThat(next).as("seed %d, id %d", seed, i).isGreaterThan(last);
            last = next;
        }
    }

    @Test
    void ids_taken_by_many_threads_at_once_are_all_different_and_ascend_within_each() throws Exception {
        int threads = 8;
        int each = 50_000;
        Uuid7 ids = new Uuid7(InstantSource.system(), new SplittableRandom(4));
        CyclicBarrier start = new CyclicBarrier(threads);
        Callable<List<String>> taking = () -> {
            start.await();
            List<String> taken = new ArrayList<>(each);
            for (int i = 0; i < each; i++) {
                taken.add(ids.next());
            }
            return taken;
        };
        Set<String> all = new HashSet<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<List<String>>> results = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                results.add(executor.submit(taking));
            }
            for (Future<List<String>> result : results) {
                List<String> taken = result.get();
                assertThat(taken).isSorted();
                all.addAll(taken);
            }
        }
        assertThat(all).hasSize(threads * each);
    }

    @Test
    void generators_of_different_seeds_give_different_ids_at_the_same_time() {
        Set<String> all = new HashSet<>();
        for (int seed = 0; seed < 1_000; seed++) {
            Uuid7 ids = generator(seed);
            for (int i = 0; i < 100; i++) {
                all.add(ids.next());
            }
        }
        assertThat(all).hasSize(100_000);
    }

    @Test
    void a_seed_and_a_clock_give_the_same_ids_again() {
        Uuid7 one = generator(5);
        Uuid7 other = generator(5);
        for (int i = 0; i < 1_000; i++) {
            assertThat(one.next()).isEqualTo(other.next());
            millis.addAndGet(i % 3);
        }
    }

    @Test
    void every_random_bit_is_set_about_half_the_time() {
        Uuid7 ids = generator(6);
        int rounds = 20_000;
        int[] set = new int[56];
        for (int i = 0; i < rounds; i++) {
            long bits = UUID.fromString(ids.next()).getLeastSignificantBits();
            for (int bit = 0; bit < set.length; bit++) {
                set[bit] += (int) ((bits >>> bit) & 1);
            }
        }
        for (int count : set) {
            assertThat(count).isBetween(rounds * 47 / 100, rounds * 53 / 100);
        }
    }

    @Test
    void clocks_before_1970_and_past_the_layout_still_give_valid_ascending_ids() {
        millis.set(-5_000);
        Uuid7 ids = generator(7);
        String first = ids.next();
        String second = ids.next();
        millis.set(Long.MAX_VALUE / 2_000);
        String third = ids.next();

        assertThat(List.of(first, second, third)).isSorted().doesNotHaveDuplicates();
        assertThat(millisOf(first)).isZero();
        assertThat(UUID.fromString(third).version()).isEqualTo(7);
    }

    @Test
    void a_derived_id_follows_from_its_time_and_parts() {
        String id = Uuid7.derived(NOON, "billing_group", "/desk", "42");

        assertThat(id).isEqualTo(Uuid7.derived(NOON.plusNanos(999_999), "billing_group", "/desk", "42"));
        assertThat(UUID.fromString(id).version()).isEqualTo(7);
        assertThat(UUID.fromString(id).variant()).isEqualTo(2);
        assertThat(millisOf(id)).isEqualTo(NOON.toEpochMilli());
    }

    /// SHA-256 of 00000001 61 00000002 6263, computed elsewhere, begins b534ce16ac9c8b36 823f39a395ce8e0e.
    @Test
    void a_derived_id_is_the_same_in_every_release() {
        assertThat(Uuid7.derived(Instant.ofEpochSecond(1_800_000_000), "a", "bc"))
                .isEqualTo("01a3185c-5000-7b36-a08f-ce68e573a383");
    }

    @Test
    void another_time_or_other_parts_give_another_derived_id() {
        assertThat(List.of(
                        Uuid7.derived(NOON, "a", "bc"),
                        Uuid7.derived(NOON.plusMillis(1), "a", "bc"),
                        Uuid7.derived(NOON, "ab", "c"),
                        Uuid7.derived(NOON, "abc"),
                        Uuid7.derived(NOON, "a", "bc", ""),
                        Uuid7.derived(NOON, "bc", "a"),
                        Uuid7.derived(NOON)))
                .doesNotHaveDuplicates();
    }

    @Test
    void a_derived_id_of_a_time_that_does_not_fit_is_refused() {
        assertThatThrownBy(() -> Uuid7.derived(Instant.EPOCH.minusMillis(1), "a"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("expected 1970 to 10889");
        assertThatThrownBy(() -> Uuid7.derived(Instant.ofEpochMilli(1L << 48), "a"))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
