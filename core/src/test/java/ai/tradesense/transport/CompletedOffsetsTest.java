package ai.tradesense.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompletedOffsetsTest {
    @Test
    void the_low_mark_waits_for_the_slowest() {
        CompletedOffsets offsets = new CompletedOffsets(10);
        offsets.deliver(List.of(10L, 11L, 12L), Long::longValue);

        assertThat(offsets.complete(12)).isTrue();
        assertThat(offsets.complete(11)).isTrue();
        assertThat(offsets.lowMark()).isEqualTo(10);

        assertThat(offsets.complete(10)).isTrue();
        assertThat(offsets.lowMark()).isEqualTo(13);
        assertThat(offsets.outstanding()).isZero();
    }

    @Test
    void skipped_offsets_hold_nothing_up() {
        CompletedOffsets offsets = new CompletedOffsets(0);
        offsets.skipTo(5);
        assertThat(offsets.lowMark()).isEqualTo(5);

        offsets.deliver(7);
        offsets.skipTo(1_000_000);
        assertThat(offsets.lowMark()).isEqualTo(7);

        offsets.complete(7);
        assertThat(offsets.lowMark()).isEqualTo(1_000_000);
    }

    @Test
    void what_is_done_with_behind_the_low_mark_is_told_as_far_as_asked_for() {
        CompletedOffsets offsets = new CompletedOffsets(60);
        assertThat(offsets.completed(1_000).isEmpty()).isTrue();
        offsets.deliver(
                LongStream.range(60, 300).filter(each -> each != 70).boxed().toList(), Long::longValue);
        offsets.complete(List.of(62L, 63L, 64L, 127L, 128L, 299L), Long::longValue);

        assertThat(offsets.completed(1_000).stream()).containsExactly(2, 3, 4, 10, 67, 68, 239);
        assertThat(offsets.completed(68).stream()).containsExactly(2, 3, 4, 10, 67);

        offsets.complete(List.of(60L, 61L), Long::longValue);
        assertThat(offsets.lowMark()).isEqualTo(65);
        assertThat(offsets.completed(1_000).stream()).containsExactly(5, 62, 63, 234);
    }

    @Test
    void what_was_skipped_cannot_be_completed_even_where_the_ring_comes_round() {
        CompletedOffsets offsets = new CompletedOffsets(0);
        offsets.deliver(3);
        offsets.skipTo(1_000_000);

        assertThat(offsets.complete(3 + 64 * 64)).isFalse();
        assertThat(offsets.complete(4)).isFalse();
        assertThat(offsets.complete(2_000_000)).isFalse();
        assertThat(offsets.lowMark()).isEqualTo(3);
        assertThat(offsets.outstanding()).isEqualTo(1);
    }

    @Test
    void completing_twice_counts_once() {
        CompletedOffsets offsets = new CompletedOffsets(0);
        offsets.deliver(List.of(0L, 1L), Long::longValue);

        assertThat(offsets.complete(List.of(1L, 1L), Long::longValue)).isEqualTo(1);
        assertThat(offsets.complete(1)).isFalse();
        assertThat(offsets.lowMark()).isZero();
    }

    @Test
    void an_offset_is_delivered_once() {
        CompletedOffsets offsets = new CompletedOffsets(0);
        offsets.deliver(4);

        assertThatThrownBy(() -> offsets.deliver(4))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("offset 4 was read before; expected 5 or more");
        assertThatThrownBy(() -> new CompletedOffsets(-1)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void the_span_has_a_limit_that_leaves_everything_as_it_was() {
        CompletedOffsets offsets = new CompletedOffsets(0);
        offsets.deliver(0);

        assertThatThrownBy(() -> offsets.deliver(CompletedOffsets.MAX_SPAN))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("offset 0 is not done with");
        assertThat(offsets.outstanding()).isEqualTo(1);
        offsets.complete(0);
        assertThat(offsets.lowMark()).isEqualTo(1);
    }

    /// Against a set of numbers, which is slow and plainly right.
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void any_order_of_work_gives_the_low_mark_of_a_plain_set(long seed) {
        Random random = new Random(seed);
        long first = random.nextInt(1_000);
        CompletedOffsets offsets = new CompletedOffsets(first);
        TreeSet<Long> pending = new TreeSet<>();
        List<Long> shuffled = new ArrayList<>();
        long end = first;
        for (int step = 0; step < 20_000; step++) {
            switch (random.nextInt(5)) {
                case 0, 1 -> {
                    end += random.nextInt(10) == 0 ? random.nextInt(20_000) : random.nextInt(3);
                    offsets.deliver(end);
                    pending.add(end);
                    shuffled.add(end);
                    end++;
                }
                case 2 -> {
                    end += random.nextInt(100);
                    offsets.skipTo(end);
                }
                default -> {
                    if (!shuffled.isEmpty()) {
                        Collections.swap(shuffled, random.nextInt(shuffled.size()), shuffled.size() - 1);
                        Long offset = shuffled.removeLast();
                        assertThat(offsets.complete(offset)).isEqualTo(pending.remove(offset));
                    }
                }
            }
            assertThat(offsets.lowMark()).isEqualTo(pending.isEmpty() ? end : pending.first());
            assertThat(offsets.outstanding()).isEqualTo(pending.size());
        }
    }

    @Test
    void many_threads_may_complete_at_once() throws Exception {
        int threads = 4;
        int each = 50_000;
        CompletedOffsets offsets = new CompletedOffsets(0);
        for (long offset = 0; offset < (long) threads * each; offset++) {
            offsets.deliver(offset);
        }
        CyclicBarrier start = new CyclicBarrier(threads);
        try (ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Future<Integer>> completed = new ArrayList<>();
            for (int thread = 0; thread < threads; thread++) {
                int first = thread;
                completed.add(executor.submit(() -> {
                    start.await();
                    int count = 0;
                    for (int i = each - 1; i >= 0; i--) {
                        count += offsets.complete((long) i * threads + first) ? 1 : 0;
                    }
                    return count;
                }));
            }
            for (Future<Integer> count : completed) {
                assertThat(count.get()).isEqualTo(each);
            }
        }
        assertThat(offsets.lowMark()).isEqualTo((long) threads * each);
    }
}
