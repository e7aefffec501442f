package ai.tradesense.store;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class FollowerClockTest {
    private Instant now = Instant.parse("2026-03-01T12:00:00Z");

    /// Has agents stepped by the test.
    private static final class Stepped implements AgentRuntime {
        private final List<Agent> agents = new ArrayList<>();

        @Override
        public AgentHandle start(Agent agent, Kind kind) {
            agents.add(agent);
            return new AgentHandle() {
                @Override
                public void wake() {}

                @Override
                public void close() {}
            };
        }

        private void step() throws Exception {
            for (Agent agent : agents) {
                agent.doWork();
            }
        }

        @Override
        public void close() {}
    }

    @Test
    void a_follower_that_rests_goes_on_although_the_clock_is_set_back() throws Exception {
        MemoryEventStore store = new MemoryEventStore(() -> now);
        store.append(List.of(DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id("a")
                .source(URI.create("/tests"))
                .subject("acc")
                .time(now)
                .build()));
        List<String> offered = new ArrayList<>();
        Stepped runtime = new Stepped();
        EventFollower.Listener listener = event -> {
            offered.add(event.event().id());
            throw new IllegalStateException("not yet");
        };
        try (EventFollower follower =
                EventFollower.start("tests", store, 0, EventQuery.ALL, listener, runtime, () -> now)) {
            runtime.step();
            runtime.step();
            assertThat(offered).hasSize(1);

            now = now.minus(Duration.ofHours(1));
            runtime.step();

            assertThat(offered).hasSize(2);
            assertThat(follower.trouble()).isEqualTo("not yet");
        }
    }
}
