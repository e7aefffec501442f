package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.Upcaster;
import ai.tradesense.operations.MemoryOperationStore;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection.Stored;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.worker.BatchContext;
import ai.tradesense.worker.BatchWorker;
import ai.tradesense.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Replays, and what workers of all kinds do meanwhile.
final class ReplayOnWorkersTest extends ReplayBench {
    @Test
    void a_worker_that_is_behind_gets_its_live_events_in_order_all_the_same() {
        platform.register(balances().build());
        publish("acc", 1, 5);
        platform.tradesense().workers().pause("balances");
        platform.settle();
        platform.tradesense().workers().resume("balances");
        publish("acc", 6, 7);

        platform.replay(Stored.to("balances"));
        letItRun();

        assertThat(live).isEqualTo(OrderPlaced.ids("acc", 1, 7));
        assertThat(replayed).isEqualTo(OrderPlaced.ids("acc", 1, 5));
    }

    @Test
    void a_replay_never_takes_the_room_of_live_events() {
        platform.close();
        VirtualClock clock = platform.clock();
        platform = TestPlatform.of(
                clock,
                null,
                builder -> builder.store(new MemoryEventStore(clock)).limits(new Limits(1_000, 1_000, 64, 64, 20)));
        boolean[] fails = {false};
        platform.register(Worker.named("balances")
                .on("Trading.*", (event, context) -> {
                    if (context.isReplay() && fails[0]) {
                        throw new IllegalStateException("not now");
                    }
                    note(event, context);
                })
                .maxRetries(1_000)
                .maxRetryDelay(Duration.ofSeconds(5))
                .circuitBreaker(BreakerPolicy.NEVER)
                .replayable()
                .build());
        for (int i = 0; i < 50; i++) {
            publish("acc-" + i, 1, 1);
        }
        platform.settle();
        fails[0] = true;

        Operation replay = platform.replay(Stored.to("balances"));
        letItRun();
        assertThat(now(replay).counts()).isEqualTo(new Counts(40, 10, 0, 0, 0));
        publish("live", 1, 3);
        letItRun();
        assertThat(of("live", live)).hasSize(3);
        fails[0] = false;
        platform.advance(Duration.ofMinutes(2));

        assertThat(now(replay).counts()).isEqualTo(new Counts(0, 0, 50, 0, 0));
    }

    @Test
    void a_replay_goes_on_where_it_was_when_another_process_takes_over() {
        platform.close();
        VirtualClock clock = platform.clock();
        MemoryEventStore store = new MemoryEventStore(clock);
        MemoryParkingStore parking = new MemoryParkingStore();
        MemoryOperationStore operations = new MemoryOperationStore(parking);
        java.util.function.UnaryOperator<TradeSense.Builder> shared =
                builder -> builder.store(store).parking(parking).operations(operations);
        platform = TestPlatform.of(clock, null, shared);
        platform.register(balances().build());
        publish("acc", 1, 100);
        platform.settle();
        Operation replay = order(Stored.to("balances"), new Pace(List.of(), 10.0, 1));
        platform.advance(Duration.ofSeconds(4));
        assertThat(replayed).hasSizeBetween(30, 50);

        platform.close();
        platform = TestPlatform.of(clock, null, shared);
        platform.advance(Duration.ofMinutes(1));
        int without = replayed.size();
        assertThat(now(replay).state()).isEqualTo(State.RUNNING);
        assertThat(without).isLessThan(60);
        platform.register(balances().build());
        platform.advance(Duration.ofMinutes(1));

        assertThat(now(replay).counts()).isEqualTo(new Counts(0, 0, 100, 0, 0));
        assertThat(replayed).isEqualTo(OrderPlaced.ids("acc", 1, 100));
    }

    @Test
    void what_a_handler_publishes_while_it_is_replayed_is_published_if_it_is_not_stored() {
        platform.close();
        VirtualClock clock = platform.clock();
        MemoryEventStore store = new MemoryEventStore(clock);
        boolean[] more = {false};
        Worker balances = Worker.named("balances")
                .on(OrderPlaced.class, (order, context) -> {
                    context.publish(new Noise(order.account()));
                    if (more[0]) {
                        context.publish(new Noise(order.account()));
                    }
                })
                .replayable();
        platform = TestPlatform.of(clock, null, builder -> builder.store(store));
        platform.register(balances.build());
        publish("acc", 1, 1);
        platform.settle();
        assertThat(store.count()).isEqualTo(2);

        platform.close();
        platform =
                TestPlatform.of(clock, null, builder -> builder.store(store)); // its transport has forgotten everything
        RecordingWorker reader = new RecordingWorker("reader");
        platform.register(balances.build());
        platform.register(reader);
        platform.replay(Stored.to("balances"));
        letItRun();
        assertThat(reader.processed()).isEmpty();

        more[0] = true;
        Operation second = platform.replay(Stored.to("balances"));
        letItRun();
        assertThat(now(second).counts()).isEqualTo(new Counts(0, 0, 1, 0, 0));
        assertThat(reader.processed()).hasSize(1);
        assertThat(store.count()).isEqualTo(3);
    }

    @EventName("Trading.Order.Placed.v2")
    record OrderPlacedAnew(String account, int number) implements EventData {
        @Override
        public String subject() {
            return account;
        }
    }

    @Test
    void a_worker_gets_the_version_it_asks_for() {
        platform.close();
        VirtualClock clock = platform.clock();
        platform = TestPlatform.of(
                clock,
                null,
                builder -> builder.store(new MemoryEventStore(clock))
                        .upcaster(Upcaster.of(
                                "Trading.Order.Placed.v1", "Trading.Order.Placed.v2", UnaryOperator.identity())));
        platform.register(Worker.named("balances")
                .on(
                        OrderPlacedAnew.class,
                        (order, context) ->
                                (context.isReplay() ? replayed : live).add(order.number() + " in version 2"))
                .replayable()
                .build());
        platform.publish(new Noise("acc"));
        publish("acc", 1, 3);
        platform.settle();

        Operation replay = order(Stored.to("balances"), null);
        letItRun();

        assertThat(replayed).containsExactly("1 in version 2", "2 in version 2", "3 in version 2");
        assertThat(now(replay).counts()).isEqualTo(new Counts(0, 0, 3, 0, 0));
    }

    @Test
    void a_batch_worker_is_told_of_each_event_whether_it_is_replayed() {
        platform.register(new BatchWorker() {
            @Override
            public String workerName() {
                return "balances";
            }

            @Override
            public Set<String> subscribesTo() {
                return Set.of("Trading.*");
            }

            @Override
            public boolean isReplayable() {
                return true;
            }

            @Override
            public void processBatch(List<DomainEvent> events, BatchContext context) {
                events.forEach(event -> note(event, context.of(event)));
            }
        });
        publish("acc", 1, 20);
        letItRun();

        platform.replay(Stored.to("balances"));
        letItRun();

        assertThat(live).isEqualTo(OrderPlaced.ids("acc", 1, 20));
        assertThat(replayed).isEqualTo(OrderPlaced.ids("acc", 1, 20));
    }

    @Test
    void a_scenario_replays_too() {
        List<String> seen = new ArrayList<>();
        try (EventScenario scenario = EventScenario.of(Worker.named("balances")
                        .on(
                                OrderPlaced.class,
                                (order, context) -> seen.add(order.number() + (context.isReplay() ? " again" : "")))
                        .replayable()
                        .build())
                .recorded()) {
            scenario.given(new OrderPlaced("acc", 1), new OrderPlaced("acc", 2));

            scenario.replay(Stored.to("balances").ofSubject("acc"));

            scenario.then().readModel(seen, all -> assertThat(all).containsExactly("1", "2", "1 again", "2 again"));
        }
    }
}
