package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.transport.Delivery;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class LanesTest {
    private static final long LATER = 2 * Lanes.HANDOVER_NANOS;

    private final Runners runners = new Runners();
    private final List<String> processed = new ArrayList<>();
    private Runnable whileSlow = () -> {};

    /// Has lanes run when it is told to, and cannot start one when it is short of memory.
    private static final class Runners implements AgentRuntime {
        private final List<Agent> agents = new ArrayList<>();
        private int closed;
        private int enoughFor = Integer.MAX_VALUE;

        @Override
        public AgentHandle start(Agent agent, Kind kind) {
            if (agents.size() == enoughFor) {
                throw new OutOfMemoryError("unable to create native thread");
            }
            agents.add(agent);
            return new AgentHandle() {
                @Override
                public void wake() {}

                @Override
                public void close() {
                    closed++;
                }
            };
        }

        @Override
        public void close() {}
    }

    private final class Recorder extends LaneProcessor {
        @Override
        public @Nullable Delivery process(Task task, Lane lane) {
            Task.Live live = (Task.Live) task;
            if (live.event().id().equals("slow1")) {
                whileSlow.run();
            }
            processed.add(live.event().id());
            return live.delivery();
        }
    }

    private Lanes lanes(int concurrency) {
        return new Lanes("margin", concurrency, name -> new Lane(name, new Recorder()), runners);
    }

    private void run() {
        List.copyOf(runners.agents).forEach(lane -> {
            try {
                lane.doWork();
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        });
    }

    @Test
    void what_cannot_be_given_to_another_lane_stays_in_its_own() {
        Lanes lanes = lanes(1);
        runners.enoughFor = 1;
        whileSlow = () -> assertThatThrownBy(() -> lanes.relieve(LATER)).isInstanceOf(OutOfMemoryError.class);
        lanes.route(
                List.of(LaneProcessor.live("slow", 1), LaneProcessor.live("other", 1), LaneProcessor.live("slow", 2)));

        run();

        assertThat(processed).containsExactlyInAnyOrder("slow1", "slow2", "other1");
        assertThat(processed.indexOf("slow1")).isLessThan(processed.indexOf("slow2"));
        assertThat(lanes.isIdle()).isTrue();
    }

    @Test
    void lanes_that_cannot_all_be_started_leave_none_behind() {
        runners.enoughFor = 2;

        assertThatThrownBy(() -> lanes(3)).isInstanceOf(OutOfMemoryError.class);

        assertThat(runners.closed).isEqualTo(2);
    }

    @Test
    void a_subject_that_is_slow_keeps_its_lane_when_their_number_changes() {
        Lanes lanes = lanes(2);
        List<Boolean> resized = new ArrayList<>();
        whileSlow = () -> {
            resized.add(lanes.resize(3, 1));
            resized.add(lanes.resize(3, LATER));
            lanes.route(List.of(LaneProcessor.live("slow", 3), LaneProcessor.live("other", 1)));
            assertThat(processed).isEmpty();
        };
        lanes.route(List.of(LaneProcessor.live("slow", 1), LaneProcessor.live("slow", 2)));

        run();

        assertThat(resized).containsExactly(false, true);
        assertThat(lanes.concurrency()).isEqualTo(3);
        assertThat(processed).containsSubsequence("slow1", "slow2", "slow3").contains("other1");
        assertThat(lanes.isIdle()).isTrue();
    }
}
