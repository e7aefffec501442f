package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.transport.Delivery;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.UnaryOperator;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// A lane that the circuit breaker sends to rest, model-checked against the thread that closes the breaker and
/// has lanes go on: whoever comes first, the lane goes on.
final class RestModelTest {
    private static final int INVOCATIONS = 200;
    private static final Task.Live TASK = LaneProcessor.live("acc", 1);

    /// Lets events through once the breaker is closed.
    private static final class Gate extends LaneProcessor {
        private final UnaryOperator<BooleanSupplier> look;
        private volatile boolean closed;
        private volatile boolean processed;

        Gate(UnaryOperator<BooleanSupplier> look) {
            this.look = look;
        }

        @Override
        public @Nullable Delivery process(Task task, Lane lane) {
            Task.Live live = (Task.Live) task;
            if (!closed) {
                lane.rest(List.of(live), look.apply(() -> closed));
                return null;
            }
            processed = true;
            return live.delivery();
        }
    }

    private static void explore(UnaryOperator<BooleanSupplier> look) {
        Lincheck.runConcurrentTest(INVOCATIONS, () -> {
            Gate gate = new Gate(look);
            Lane lane = new Lane("lane", gate);
            lane.add(TASK);
            Thread closing = new Thread(() -> {
                gate.closed = true;
                lane.resume();
            });
            closing.start();
            lane.run();
            LaneProcessor.join(closing);
            lane.run();
            if (!gate.processed) {
                throw new AssertionError("the lane rests although the breaker is closed");
            }
        });
    }

    @Test
    void a_lane_goes_on_also_if_the_breaker_closes_just_before_it_rests() {
        explore(look -> look);
    }

    /// What finds nothing wrong proves nothing.
    @Test
    void resting_without_another_look_at_the_breaker_is_found() {
        assertThatThrownBy(() -> explore(_ -> () -> false)).isInstanceOf(LincheckAssertionError.class);
    }
}
