package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.transport.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class LaneTest {
    /// Does its first task not to the end.
    private static final class ShortOfMemory extends LaneProcessor {
        private final List<String> begun = new ArrayList<>();
        private int letGo;
        private Runnable meanwhile = () -> {};

        @Override
        public @Nullable Delivery process(Task task, Lane lane) {
            Task.Live live = (Task.Live) task;
            begun.add(live.event().id());
            if (begun.size() == 1) {
                meanwhile.run();
                throw new OutOfMemoryError("Java heap space");
            }
            return live.delivery();
        }

        @Override
        public void letGo(int deliveries) {
            letGo += deliveries;
        }
    }

    private final ShortOfMemory processor = new ShortOfMemory();
    private final Lane lane = new Lane("lane", processor);

    private void runsOutOfMemory() {
        lane.add(List.of(LaneProcessor.live("a", 1), LaneProcessor.live("a", 2), LaneProcessor.live("b", 1)));
        assertThatThrownBy(lane::doWork).isInstanceOf(OutOfMemoryError.class);
    }

    @Test
    void a_task_that_came_to_no_end_begins_again_before_all_others() {
        runsOutOfMemory();

        assertThat(lane.isIdle()).isFalse();
        assertThat(lane.doWork()).isEqualTo(3);
        assertThat(processor.begun).containsExactly("a1", "a1", "a2", "b1");
        assertThat(lane.isIdle()).isTrue();
    }

    /// Takes all that is there at a time.
    private static final class All extends Lane {
        private final TaskProcessor processor;

        All(TaskProcessor processor) {
            super("lane", processor);
            this.processor = processor;
        }

        @Override
        int run() {
            int ran = 0;
            List<Task> tasks = next(List.of(), this::all);
            while (!tasks.isEmpty()) {
                tasks.forEach(task -> processor.process(task, this));
                ran += tasks.size();
                tasks = next(List.of(), this::all);
            }
            return ran;
        }

        private List<Task> all() {
            return Stream.generate(this::poll).takeWhile(Objects::nonNull).toList();
        }
    }

    @Test
    void a_batch_that_came_to_no_end_begins_again_whole() {
        Lane batches = new All(processor);
        batches.add(List.of(LaneProcessor.live("a", 1), LaneProcessor.live("a", 2), LaneProcessor.live("b", 1)));
        assertThatThrownBy(batches::doWork).isInstanceOf(OutOfMemoryError.class);

        assertThat(batches.doWork()).isEqualTo(3);
        assertThat(processor.begun).containsExactly("a1", "a1", "a2", "b1");
    }

    @Test
    void a_task_that_came_to_no_end_and_is_somebody_elses_now_is_left_to_him() {
        processor.meanwhile =
                () -> assertThat(lane.discard(key -> key.subject().equals("a"))).isOne();

        runsOutOfMemory();

        assertThat(processor.letGo).isOne();
        assertThat(lane.doWork()).isOne();
        assertThat(processor.begun).containsExactly("a1", "b1");
    }
}
