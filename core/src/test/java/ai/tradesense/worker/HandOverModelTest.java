package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.transport.Delivery;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The hand-over of a lane, model-checked: the thread that runs it against the one that finds it slow, gives what waits
/// behind its handler to another lane, routes more events and runs the other lane.
final class HandOverModelTest {
    private static final int INVOCATIONS = 200;
    private static final long LATER = 2 * Lanes.HANDOVER_NANOS;

    private static final List<Task.Live> FIRST =
            List.of(LaneProcessor.live("a", 1), LaneProcessor.live("a", 2), LaneProcessor.live("b", 1));
    private static final List<Task.Live> SECOND = List.of(LaneProcessor.live("b", 2), LaneProcessor.live("a", 3));

    /// A handler that writes down what it was called for.
    private static final class Recorder extends LaneProcessor {
        private final List<DomainEvent> processed = new ArrayList<>();
        private final List<OrderKey> running = new ArrayList<>();
        private int settled;
        private boolean overlapped;

        @Override
        public @Nullable Delivery process(Task task, Lane lane) {
            Task.Live live = (Task.Live) task;
            synchronized (this) {
                overlapped |= running.contains(task.key());
                running.add(task.key());
            }
            synchronized (this) { // between the two others may go on
                running.remove(task.key());
                processed.add(live.event());
            }
            return live.delivery();
        }

        private List<String> processed(String subject) {
            List<String> ids = new ArrayList<>();
            for (DomainEvent event : processed) {
                if (event.subject().equals(subject)) {
                    ids.add(event.id());
                }
            }
            return ids;
        }

        @Override
        public synchronized void settle(List<Delivery> done) {
            settled += done.size();
        }
    }

    /// Has lanes run when it is told to.
    private static final class Runners implements AgentRuntime {
        private final List<Agent> agents = new ArrayList<>();

        @Override
        public synchronized AgentHandle start(Agent agent, Kind kind) {
            agents.add(agent);
            return new AgentHandle() {
                @Override
                public void wake() {}

                @Override
                public void close() {}
            };
        }

        private synchronized List<Agent> agents() {
            return List.copyOf(agents);
        }

        @Override
        public void close() {}
    }

    private static void explore(BiFunction<String, TaskProcessor, Lane> makeLane) {
        Lincheck.runConcurrentTest(INVOCATIONS, () -> {
            Recorder recorder = new Recorder();
            Runners runners = new Runners();
            Lanes lanes = new Lanes("margin", 1, name -> makeLane.apply(name, recorder), runners);
            lanes.route(FIRST);
            Agent first = runners.agents().getFirst();
            Thread lane = new Thread(() -> run(List.of(first)));
            Thread dispatcher = new Thread(() -> {
                lanes.relieve(LATER);
                lanes.route(SECOND);
                List<Agent> agents = runners.agents();
                run(agents.subList(1, agents.size())); // the lane that took over, if there is one
            });
            lane.start();
            dispatcher.start();
            LaneProcessor.join(lane);
            LaneProcessor.join(dispatcher);
            lanes.relieve(LATER); // takes the lane back
            run(runners.agents());

            require(!recorder.overlapped, "two handlers ran for one subject");
            require(recorder.processed("a").equals(List.of("a1", "a2", "a3")), "a is out of order");
            require(recorder.processed("b").equals(List.of("b1", "b2")), "b is out of order");
            require(recorder.settled == 5, "not everything is settled");
        });
    }

    /// What is simpler than an assertion, as every step of it is a step of the model.
    private static void require(boolean holds, String message) {
        if (!holds) {
            throw new AssertionError(message);
        }
    }

    private static void run(List<Agent> lanes) {
        for (Agent lane : lanes) {
            try {
                lane.doWork();
            } catch (Exception failure) {
                throw new AssertionError(failure);
            }
        }
    }

    @Test
    void a_subject_keeps_its_order_and_every_event_is_processed_once_whoever_comes_first() {
        explore(Lane::new);
    }

    /// What finds nothing wrong proves nothing.
    @Test
    void a_lane_that_gives_away_what_is_of_its_own_subject_is_found() {
        assertThatThrownBy(() -> explore(GivingAll::new)).isInstanceOf(LincheckAssertionError.class);
    }

    private static final class GivingAll extends Lane {
        GivingAll(String name, TaskProcessor processor) {
            super(name, processor);
        }

        @Override
        @Nullable
        Handover handOver(long nowNanos, long limitNanos) {
            List<Task> all = new ArrayList<>();
            synchronized (this) {
                Task task = poll();
                while (task != null) {
                    all.add(task);
                    task = poll();
                }
            }
            return all.isEmpty() ? null : new Handover(new OrderKey("Trading", "nobody"), all);
        }
    }
}
