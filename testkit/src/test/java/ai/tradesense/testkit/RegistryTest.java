package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.retry.FailurePolicy;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.testkit.RecordingWorker.Call;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.worker.BatchContext;
import ai.tradesense.worker.BatchWorker;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import ai.tradesense.worker.WorkerStatus;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.config.MeterFilter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Which workers there may be, what is known of them, and what they leave behind.
final class RegistryTest {
    private final TestPlatform platform = TestPlatform.inMemory();

    @AfterEach
    void close() {
        platform.close();
    }

    private static Worker worker(String name) {
        return Worker.named(name).on("*", (event, context) -> {});
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "-margin", ".margin", "mar gin", "margin/1", "märgin", "margin\n"})
    void a_name_that_is_none_is_refused(String name) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(worker(name).build()))
                .withMessageContaining("name");
        assertThatIllegalArgumentException()
                .isThrownBy(() ->
                        platform.register(worker("margin").consumerGroup(name).build()))
                .withMessageContaining("group");
        assertThat(platform.tradesense().workers().workers()).isEmpty();
    }

    @Test
    void a_worker_whose_meters_are_refused_leaves_nothing_behind() {
        AtomicBoolean refused = new AtomicBoolean(true);
        platform.meters().config().meterFilter(MeterFilter.deny(id -> {
            if (refused.get() && id.getName().equals("tradesense.worker.breaker.open")) {
                throw new IllegalArgumentException("no such meter here");
            }
            return false;
        }));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(worker("margin").build()))
                .withMessage("no such meter here");
        assertThat(platform.tradesense().workers().workers()).isEmpty();
        refused.set(false);

        RecordingWorker margin = new RecordingWorker("margin");
        platform.register(margin);
        platform.publish(OrderPlaced.event("acc", 1));
        platform.settle();

        assertThat(margin.processed()).containsExactly("acc#1");
    }

    @Test
    void a_platform_that_cannot_be_built_leaves_no_agent_behind() {
        VirtualClock clock = new VirtualClock();
        SteppedRuntime runtime = new SteppedRuntime(clock);
        MemoryTransport gone = new MemoryTransport();
        gone.close();

        assertThatExceptionOfType(TransportException.class)
                .isThrownBy(() -> TradeSense.builder()
                        .clock(clock)
                        .runtime(runtime)
                        .transport(gone)
                        .store(new MemoryEventStore(clock))
                        .build());

        assertThat(runtime.running()).isEmpty();
    }

    @Test
    void a_worker_that_does_not_say_its_name_is_refused() {
        EventWorker nameless = new RecordingWorker("margin") {
            @Override
            @SuppressWarnings("NullAway") // a mistake that somebody without NullAway can make
            public String workerName() {
                return null;
            }
        };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(nameless))
                .withMessageStartingWith("the worker's name is null, expected");
    }

    @Test
    void a_worker_that_does_not_say_what_becomes_of_failures_is_refused() {
        EventWorker careless = new RecordingWorker("margin") {
            @Override
            @SuppressWarnings("NullAway") // likewise
            public FailurePolicy failurePolicy() {
                return null;
            }
        };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(careless))
                .withMessage("the failurePolicy of worker 'margin' is null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"PT-1S", "P366D", "PT2562047788015215H"})
    void a_batch_age_that_nothing_can_wait_for_is_refused(String age) {
        BatchWorker patient = new BatchWorker() {
            @Override
            public String workerName() {
                return "margin";
            }

            @Override
            public Set<String> subscribesTo() {
                return Set.of("*");
            }

            @Override
            public Duration maxBatchAge() {
                return Duration.parse(age);
            }

            @Override
            public void processBatch(List<DomainEvent> events, BatchContext context) {}
        };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(patient))
                .withMessageStartingWith("the maxBatchAge of worker 'margin' is " + Duration.parse(age));
    }

    @Test
    void a_worker_whose_lanes_cannot_be_started_leaves_no_meters_behind() {
        VirtualClock clock = new VirtualClock();
        SteppedRuntime runtime = new SteppedRuntime(clock);
        SimpleMeterRegistry meters = new SimpleMeterRegistry();
        try (TradeSense tradesense = TradeSense.builder()
                .clock(clock)
                .runtime(runtime)
                .meters(meters)
                .build()) {
            runtime.close();

            assertThatExceptionOfType(IllegalStateException.class)
                    .isThrownBy(() -> tradesense.register(new RecordingWorker("margin")));

            assertThat(meters.getMeters())
                    .noneMatch(meter -> "margin".equals(meter.getId().getTag("worker")));
        }
    }

    @Test
    void a_name_that_is_too_long_is_refused() {
        platform.register(worker("m".repeat(94)).build()); // its group is "…_group"
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(worker("m".repeat(101)).build()));
    }

    @Test
    void a_name_or_group_that_is_taken_is_refused_and_the_first_goes_on() {
        RecordingWorker first = new RecordingWorker("margin");
        platform.register(first);

        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(
                        worker("margin").consumerGroup("other").build()))
                .withMessageContaining("margin");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(
                        worker("other").consumerGroup("margin_group").build()))
                .withMessageContaining("margin_group");

        platform.publish(OrderPlaced.event("acc", 1));
        platform.settle();
        assertThat(first.processed()).containsExactly("acc#1");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "trading.*",
                "Trading",
                "Trading.Order.Placed.v0",
                "Trading.**",
                "Trading.*.*.*.v1",
                "Trading.Order*"
            })
    void a_pattern_that_can_match_nothing_is_refused(String pattern) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(Worker.named("margin")
                        .on(pattern, (event, context) -> {})
                        .build()))
                .withMessageStartingWith("worker 'margin' cannot subscribe: ")
                .withMessageContaining("'" + pattern + "'")
                .withMessageContaining("Trading.*");
        assertThat(platform.tradesense().workers().workers()).isEmpty();
    }

    @Test
    void a_worker_without_handlers_and_one_with_two_for_a_type_are_refused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(Worker.named("margin").build()));
        assertThatIllegalArgumentException().isThrownBy(() -> worker("margin").on("*", (event, context) -> {}));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, -1, 1_025})
    void a_concurrency_out_of_bounds_is_refused(int concurrency) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(
                        worker("margin").concurrency(concurrency).build()))
                .withMessageContaining("" + concurrency);
    }

    @Test
    void a_worker_gets_the_types_it_asked_for_and_the_first_pattern_handles_them() {
        RecordingWorker specific = new RecordingWorker("specific");
        RecordingWorker general = new RecordingWorker("general");
        platform.register(Worker.named("both")
                .on("Trading.Order.Placed.v1", specific::processEvent)
                .on("Trading.*", general::processEvent)
                .build());
        platform.register(
                Worker.named("risk").on("Risk.*", general::processEvent).build());
        platform.publish(OrderPlaced.event("acc", 1));

        platform.settle();

        assertThat(specific.called()).containsExactly("acc#1");
        assertThat(general.called()).isEmpty();
        assertThat(platform.worker("risk").lag()).isZero();
    }

    @Test
    void a_worker_may_start_with_what_is_published_after_it() {
        RecordingWorker worker = new RecordingWorker("margin") {
            @Override
            public StartFrom startFrom() {
                return StartFrom.END;
            }
        };
        platform.publish(OrderPlaced.event("acc", 1));
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 2));

        platform.settle();

        assertThat(worker.processed()).containsExactly("acc#2");
    }

    @Test
    void a_deregistered_worker_is_called_no_more_and_its_name_is_free() {
        RecordingWorker first = new RecordingWorker("margin");
        platform.register(first);
        platform.settle();
        platform.tradesense().workers().deregister("margin");
        platform.tradesense().workers().deregister("margin");
        platform.publish(OrderPlaced.event("acc", 1));
        platform.settle();
        assertThat(first.called()).isEmpty();
        assertThat(platform.tradesense().workers().worker("margin")).isEmpty();
        assertThat(platform.runtime().running()).containsExactly("operations");

        RecordingWorker second = new RecordingWorker("margin");
        platform.register(second);
        platform.settle();
        assertThat(second.processed()).containsExactly("acc#1");
    }

    @Test
    void a_worker_may_deregister_itself() {
        RecordingWorker worker = new RecordingWorker(
                "margin", (event, context) -> platform.tradesense().workers().deregister("margin"));
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 2));

        platform.settle();

        assertThat(worker.called()).containsExactly("acc#1");
        assertThat(platform.runtime().running()).containsExactly("operations");
    }

    @Test
    void a_worker_may_register_another() {
        RecordingWorker second = new RecordingWorker("second");
        platform.register(new RecordingWorker("first", (event, context) -> platform.register(second)));
        platform.publish(OrderPlaced.event("acc", 1));

        platform.settle();

        assertThat(second.processed()).containsExactly("acc#1");
    }

    @Test
    void a_closed_platform_takes_no_workers() {
        platform.close();
        assertThatIllegalStateException()
                .isThrownBy(() -> platform.register(worker("margin").build()))
                .withMessageContaining("closed");
    }

    @Test
    void a_worker_shows_that_it_is_alive() {
        platform.register(worker("margin").build());

        platform.advance(Duration.ofMinutes(1));

        assertThat(platform.worker("margin").heartbeat())
                .isAfterOrEqualTo(platform.clock().instant().minusSeconds(5));
    }

    @Test
    void the_status_of_a_worker_says_what_it_is_and_what_it_did() {
        platform.register(new RecordingWorker("margin"));
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        assertThat(platform.worker("margin").lag()).isEqualTo(3);
        platform.settle();

        WorkerStatus status = platform.worker("margin");

        assertThat(status.name()).isEqualTo("margin");
        assertThat(status.group()).isEqualTo("margin_group");
        assertThat(status.subscribesTo()).isEqualTo(Set.of("*"));
        assertThat(status.state()).isEqualTo(WorkerStatus.State.RUNNING);
        assertThat(status.processed()).isEqualTo(3);
        assertThat(status.lag()).isZero();
        assertThat(platform.tradesense().workers().workers()).containsExactly(status);
    }

    @Test
    void what_an_operator_watches_is_measured_and_goes_with_the_worker() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            if (event.subject().equals("bad")) {
                throw new IllegalStateException("never");
            }
        });
        platform.register(worker);
        platform.tradesense().publish(OrderPlaced.events("good", 1, 5));
        platform.publish(OrderPlaced.event("good", 5));
        platform.tradesense().publish(OrderPlaced.events("bad", 1, 2));
        platform.settle();

        assertThat(counted("tradesense.published")).isEqualTo(7);
        assertThat(counted("tradesense.published.duplicates")).isEqualTo(1);
        assertThat(measured("tradesense.worker.processed")).isEqualTo(5);
        assertThat(measured("tradesense.worker.failed")).isEqualTo(1);
        assertThat(measured("tradesense.worker.parked")).isEqualTo(2);
        assertThat(measured("tradesense.worker.lag")).isZero();
        assertThat(measured("tradesense.worker.in.flight")).isZero();
        assertThat(measured("tradesense.worker.up")).isEqualTo(1);
        platform.advance(Duration.ofMinutes(2));
        assertThat(measured("tradesense.dead.letters")).isEqualTo(2);
        assertThat(platform.meters()
                        .get("tradesense.worker.processing")
                        .functionTimer()
                        .count())
                .isEqualTo(5 + 4 + 4);

        platform.tradesense().workers().deregister("margin");
        assertThat(platform.meters().getMeters().stream()
                        .map(Meter::getId)
                        .filter(id -> "margin".equals(id.getTag("worker")))
                        .collect(Collectors.toSet()))
                .isEmpty();
    }

    private double counted(String name) {
        return platform.meters().get(name).counter().count();
    }

    private double measured(String name) {
        return platform.meters()
                .get(name)
                .tag("worker", "margin")
                .meter()
                .measure()
                .iterator()
                .next()
                .getValue();
    }

    @Test
    void every_event_is_recorded_once_and_a_store_that_fails_gets_it_later() {
        MemoryEventStore store = new MemoryEventStore(platform.clock());
        try (TestPlatform recorded = TestPlatform.with(settings -> settings.store(store))) {
            recorded.tradesense().publish(OrderPlaced.events("acc", 1, 50));
            recorded.publish(OrderPlaced.event("acc", 50));

            recorded.settle();

            assertThat(store.count()).isEqualTo(50);
            assertThat(store.read(0, EventQuery.ALL, 100).events().stream()
                            .map(stored -> stored.event().id()))
                    .isEqualTo(OrderPlaced.ids("acc", 1, 50));
            assertThat(recorded.tradesense().store()).containsSame(store);
            assertThat(recorded.worker("recorder").processed()).isEqualTo(50);
        }
    }

    @Test
    void retries_of_one_worker_are_named_by_attempt() {
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            if (context.attempt() < 4) {
                throw new IllegalStateException("not yet");
            }
        });
        platform.register(worker);
        platform.publish(OrderPlaced.event("acc", 1));

        platform.advance(Duration.ofSeconds(35));

        assertThat(worker.calls()).extracting(Call::attempt).containsExactly(1, 2, 3, 4);
        assertThat(worker.processed()).containsExactly("acc#1");
    }
}
