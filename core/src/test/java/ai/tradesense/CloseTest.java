package ai.tradesense;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

final class CloseTest {
    /// Runs agents, some of which cannot be closed.
    private record Stubborn(AgentRuntime runtime, Map<String, RuntimeException> failures, Map<String, Error> errors)
            implements AgentRuntime {
        @Override
        public AgentHandle start(Agent agent, Kind kind) {
            AgentHandle handle = runtime.start(agent, kind);
            return new AgentHandle() {
                @Override
                public void wake() {
                    handle.wake();
                }

                @Override
                public void close() {
                    handle.close();
                    if (failures.containsKey(agent.name())) {
                        throw failures.get(agent.name());
                    }
                    if (errors.containsKey(agent.name())) {
                        throw errors.get(agent.name());
                    }
                }
            };
        }

        @Override
        public void close() {
            runtime.close();
        }
    }

    @Test
    void parts_that_cannot_be_closed_leave_no_other_open_and_each_is_said() {
        InstantSource clock = InstantSource.system();
        RuntimeException first = new IllegalStateException("the follower hangs");
        Error second = new AssertionError("the operations hang");
        try (Stubborn runtime =
                new Stubborn(new ThreadRuntime(clock), Map.of("follower-audit", first), Map.of("operations", second))) {
            MemoryEventStore store = new MemoryEventStore(clock);
            TradeSense tradesense =
                    TradeSense.builder().store(store).runtime(runtime).build();
            tradesense.follow("audit", 0, EventQuery.ALL, _ -> {});
            assertThat(tradesense.workers().workers()).hasSize(1);

            assertThatThrownBy(tradesense::close).isSameAs(first).hasSuppressedException(second);

            assertThat(tradesense.workers().workers()).isEmpty();
            assertThat(tradesense.transport().health().available()).isFalse();
            tradesense.close();
        }
    }

    @Test
    void a_worker_that_is_registered_anew_while_the_one_before_ends_is_measured() throws InterruptedException {
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch released = new CountDownLatch(1);
        try (TradeSense tradesense = TradeSense.builder().meters(meters).build()) {
            tradesense.register(margin(() -> {
                begun.countDown();
                released.await();
            }));
            tradesense.publish(event("1"));
            begun.await();
            Thread leaving = Thread.ofVirtual().start(() -> tradesense.workers().deregister("margin"));
            Awaitility.await().until(() -> tradesense.workers().workers().isEmpty());

            tradesense.register(margin(() -> {}));
            released.countDown();
            leaving.join();
            tradesense.publish(event("2"));

            Awaitility.await()
                    .untilAsserted(() -> assertThat(meters.find("tradesense.worker.processed")
                                    .tag("worker", "margin")
                                    .functionCounter())
                            .isNotNull()
                            .extracting(FunctionCounter::count)
                            .isEqualTo(1.0));
        }
    }

    @FunctionalInterface
    private interface Work {
        void run() throws InterruptedException;
    }

    private static EventWorker margin(Work work) {
        return Worker.named("margin").on("*", (_, _) -> work.run()).build();
    }

    private static DomainEvent event(String id) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(id)
                .source(URI.create("/tests"))
                .subject("account")
                .time(Instant.EPOCH)
                .build();
    }
}
