package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.control.MemoryControlStore;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.operations.DryRun;
import ai.tradesense.operations.InvalidOperationException;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationConflictException;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection;
import ai.tradesense.operations.Selection.Stored;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.worker.Worker;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Stored events are given to one worker once more.
final class ReplayTest extends ReplayBench {
    @Test
    void a_worker_gets_stored_events_once_more_in_their_order_and_is_told_so() {
        RecordingWorker other = new RecordingWorker("other");
        platform.register(balances().build());
        platform.register(other);
        List<DomainEvent> events = publish("acc", 1, 300);
        platform.settle();

        Operation replay = order(Stored.to("balances"), null);
        letItRun();

        assertThat(live).isEqualTo(ids(events));
        assertThat(replayed).isEqualTo(ids(events));
        assertThat(other.processed()).hasSize(300);
        assertThat(now(replay).state()).isEqualTo(State.COMPLETED);
        assertThat(now(replay).counts()).isEqualTo(new Counts(0, 0, 300, 0, 0));
        assertThat(steps(replay))
                .containsExactly(
                        "alice ordered: replay of 300 events up to position 300 to balances, because: a reason",
                        "platform batch 1: 1 event",
                        "platform batch 2: 10 events",
                        "platform batch 3: 100 events",
                        "platform batch 4: 189 events",
                        "platform completed: 300 succeeded, 0 failed, 0 skipped");
        assertThat(platform.worker("balances").parked()).isZero();
    }

    @Test
    void a_replay_has_what_was_selected_when_it_was_ordered_and_nothing_that_came_later() {
        platform.register(balances().build());
        publish("one", 1, 4);
        platform.settle();
        publish("two", 1, 4);
        platform.settle();

        platform.replay(Stored.to("balances").ofSubject("two").after(5).upTo(7));
        publish("two", 5, 6);
        letItRun();

        assertThat(replayed).containsExactly("two#2", "two#3");
        assertThat(live).hasSize(10);

        replayed.clear();
        platform.replay(Stored.to("balances").ofType("Trading.Order.*").before(VirtualClock.START.plusNanos(1)));
        letItRun();
        assertThat(replayed).hasSize(10);

        assertThatThrownBy(() -> platform.replay(Stored.to("balances").from(VirtualClock.START.plusNanos(1))))
                .isInstanceOf(InvalidOperationException.class)
                .hasMessageContaining("selects no event");
    }

    @Test
    void only_what_the_worker_wants_is_replayed() {
        platform.register(balances().build());
        publish("acc", 1, 3);
        platform.publish(new Noise("acc"));
        platform.settle();

        Operation replay = platform.replay(Stored.to("balances"));
        letItRun();

        assertThat(now(replay).counts()).isEqualTo(new Counts(0, 0, 3, 0, 0));
        assertThatThrownBy(() -> platform.replay(Stored.to("balances").ofType("Noise.*")))
                .isInstanceOf(InvalidOperationException.class);
    }

    @Test
    void what_makes_no_sense_is_refused_with_the_place_and_changes_nothing() {
        platform.register(balances().build());
        platform.register(Worker.named("mailer").on("*", (_, _) -> {}).build());
        publish("acc", 1, 3);
        platform.settle();

        assertRefused(Stored.to("nobody"), "/selection/worker", "no instance has one of that name");
        assertRefused(Stored.to("mailer"), "/selection/worker", "may be replayed");
        assertRefused(Stored.to("recorder"), "/selection/worker", "may be replayed");
        assertRefused(Stored.to("balances").ofType("no type"), "/selection/type", "no type");
        assertRefused(
                Stored.to("balances").from(VirtualClock.START).before(VirtualClock.START),
                "/selection/to",
                "after from");
        assertRefused(Stored.to("balances").after(-1), "/selection/after", "a position");
        assertRefused(Stored.to("balances").after(2).upTo(2), "/selection/upTo", "behind 2");
        assertRefused(Stored.to("balances").after(3), "/selection", "selects no event");
        assertRefused(Stored.to("balances").ofSubject("nobody"), "/selection", "selects no event");
        assertThatThrownBy(
                        () -> new OperationRequest(OperationKind.RETRY, Stored.to("balances"), null, "alice", "", null))
                .isInstanceOf(InvalidOperationException.class)
                .hasMessageContaining("expected dead letters");
        assertThatThrownBy(() -> new OperationRequest(
                        OperationKind.REPLAY, new Selection.Matching(DeadLetterFilter.ALL), null, "alice", "", null))
                .isInstanceOf(InvalidOperationException.class)
                .hasMessageContaining("expected stored events");
        assertThat(platform.tradesense().operations().log(null, 10)).isEmpty();
        assertThat(replayed).isEmpty();
    }

    private void assertRefused(Stored selection, String pointer, String problem) {
        assertThatThrownBy(() -> platform.replay(selection))
                .isInstanceOfSatisfying(
                        InvalidOperationException.class,
                        refusal -> assertThat(refusal.pointer()).isEqualTo(pointer))
                .hasMessageContaining(problem);
    }

    @Test
    void a_worker_that_another_instance_has_is_replayed_there() {
        platform.close();
        VirtualClock clock = platform.clock();
        MemoryControlStore control = new MemoryControlStore();
        MemoryEventStore store = new MemoryEventStore(clock);
        platform = TestPlatform.of(
                clock, null, builder -> builder.store(store).control(control).instance("here"));
        platform.register(Worker.named("idle").on("*", (_, _) -> {}).build());
        try (TestPlatform other = TestPlatform.of(
                clock, null, builder -> builder.store(store).control(control).instance("there"))) {
            other.register(balances().build());
            other.advance(Duration.ofSeconds(6));

            assertRefused(Stored.to("balances"), "/selection/worker", "there has it, order its replay there");
        }
    }

    @Test
    void a_platform_without_a_store_says_that_it_has_none() {
        platform.close();
        platform = TestPlatform.inMemory();
        platform.register(balances().build());

        assertThatThrownBy(() -> platform.replay(Stored.to("balances")))
                .isInstanceOf(InvalidOperationException.class)
                .hasMessageContaining("/kind")
                .hasMessageContaining("event store");
    }

    @Test
    void a_dry_run_counts_by_type_and_changes_nothing() {
        platform.register(balances().build());
        publish("acc", 1, 7);
        publish("other", 1, 2);
        platform.settle();

        DryRun found = platform.tradesense()
                .operations()
                .dryRun(OperationRequest.replay(Stored.to("balances").ofSubject("acc"), "alice", ""));
        letItRun();

        assertThat(found.total()).isEqualTo(7);
        assertThat(found.groups()).containsExactly(new DryRun.Group("balances", "Trading.Order.Placed.v1", "", 7));
        assertThat(found.replay().upTo()).isBetween(7L, 9L);
        assertThat(replayed).isEmpty();
        assertThat(platform.tradesense().operations().log(null, 10)).isEmpty();
    }

    @Test
    void a_request_id_makes_it_one_replay_whatever_was_published_since() {
        platform.register(balances().build());
        publish("acc", 1, 2);
        platform.settle();
        OperationRequest request =
                new OperationRequest(OperationKind.REPLAY, Stored.to("balances"), AT_ONCE, "alice", "", "click-1");

        Operation first = platform.tradesense().operations().order(request);
        publish("acc", 3, 4);
        letItRun();
        Operation second = platform.tradesense().operations().order(request);
        letItRun();

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(replayed).containsExactly("acc#1", "acc#2");
        assertThatThrownBy(() -> platform.tradesense()
                        .operations()
                        .order(new OperationRequest(
                                OperationKind.REPLAY,
                                Stored.to("balances").ofSubject("acc"),
                                AT_ONCE,
                                "alice",
                                "",
                                "click-1")))
                .isInstanceOf(OperationConflictException.class);
    }

    @Test
    void a_replay_stops_when_an_event_fails_and_what_failed_is_a_dead_letter_of_the_replay() {
        platform.register(balances().build());
        publish("acc", 1, 50);
        platform.settle();
        refused = "acc#5";

        Operation replay = order(Stored.to("balances"), null);
        letItRun();

        assertThat(now(replay).state()).isEqualTo(State.STOPPED);
        assertThat(now(replay).counts()).isEqualTo(new Counts(39, 0, 10, 1, 0));
        assertThat(replayed).hasSize(10).doesNotContain("acc#5", "acc#12");
        assertThat(platform.deadLetters())
                .singleElement()
                .satisfies(letter -> assertThat(letter.replayedBy()).isEqualTo(replay.id()));
        assertThat(platform.tradesense().operations().items(replay.id(), null, 0, 100))
                .singleElement()
                .satisfies(item -> {
                    assertThat(item.status()).isEqualTo(OperationItem.Status.FAILED);
                    assertThat(item.note()).contains("no account acc");
                });
    }

    @Test
    void a_dead_letter_of_a_replay_can_be_retried_and_is_still_a_replay() {
        platform.register(balances().build());
        publish("acc", 1, 2);
        platform.settle();
        refused = "acc#1";
        platform.replay(Stored.to("balances"));
        letItRun();
        assertThat(platform.deadLetters()).hasSize(1);

        Operation second = platform.replay(Stored.to("balances"));
        letItRun();
        assertThat(now(second).counts()).isEqualTo(new Counts(0, 0, 1, 0, 1));
        refused = null;
        platform.tradesense()
                .operations()
                .order(new OperationRequest(
                        OperationKind.RETRY, new Selection.Matching(DeadLetterFilter.ALL), null, "alice", "", null));
        letItRun();

        assertThat(replayed).containsExactly("acc#2", "acc#2", "acc#1");
        assertThat(live).containsExactly("acc#1", "acc#2");
        assertThat(platform.deadLetters()).isEmpty();
    }

    @Test
    void cancelling_midway_hands_nothing_more_over() {
        platform.register(balances().build());
        publish("acc", 1, 100);
        platform.settle();
        Operation replay = order(Stored.to("balances"), new Pace(List.of(), 10.0, 1));
        platform.advance(Duration.ofSeconds(3));

        platform.tradesense().operations().cancel(replay.id(), "bob");
        int had = replayed.size();
        letItRun();

        assertThat(had).isBetween(20, 40);
        assertThat(replayed).hasSizeBetween(had, had + 2);
        assertThat(now(replay).state()).isEqualTo(State.CANCELLED);
        assertThat(now(replay).counts().succeeded()).isEqualTo(replayed.size());
        assertThat(now(replay).counts().total()).isEqualTo(100);
        assertThat(steps(replay)).last().isEqualTo("bob cancelled: by bob");
    }

    @Test
    void while_live_events_flow_each_subject_keeps_both_orders_and_nothing_is_lost() {
        platform.register(balances().concurrency(4).build());
        List<String> accounts = IntStream.range(0, 10).mapToObj(i -> "acc-" + i).toList();
        accounts.forEach(account -> publish(account, 1, 200));
        platform.settle();

        Operation replay = order(Stored.to("balances"), new Pace(List.of(1, 10, 100), 500.0, 1));
        for (int number = 201; number <= 300; number++) {
            for (String account : accounts) {
                platform.publish(OrderPlaced.event(account, number));
            }
            platform.advance(Duration.ofMillis(70));
        }
        letItRun();

        assertThat(now(replay).counts()).isEqualTo(new Counts(0, 0, 2_000, 0, 0));
        for (String account : accounts) {
            assertThat(of(account, live)).isEqualTo(OrderPlaced.ids(account, 1, 300));
            assertThat(of(account, replayed)).isEqualTo(OrderPlaced.ids(account, 1, 200));
        }
        assertThat(platform.worker("balances").parked()).isZero();
    }
}
