package ai.tradesense.testkit;

import static ai.tradesense.testkit.OperationsBench.everything;
import static ai.tradesense.testkit.OperationsBench.request;
import static ai.tradesense.testkit.OperationsBench.these;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.operations.InvalidOperationException;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationConflictException;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.OperationStore.WorkerShare;
import ai.tradesense.operations.Operations;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.Progress;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What operators do to many dead letters, and what may go wrong with it.
final class OperationsTest {
    private final OperationsBench bench = new OperationsBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static Pace pace(List<Integer> canary, int stopOnFailures) {
        return new Pace(canary, null, stopOnFailures);
    }

    private static OperationRequest repeatable(String requestId) {
        return repeatable(requestId, everything());
    }

    private static OperationRequest repeatable(String requestId, Selection selection) {
        return new OperationRequest(
                OperationKind.RETRY, selection, Pace.UNLIMITED, OperationsBench.OPERATOR, "", requestId);
    }

    @Test
    void a_retry_has_every_selected_event_processed_and_says_so() {
        bench.dead(300);

        Operation retry = bench.order(OperationKind.RETRY, everything(), null);
        bench.letItRun();

        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 300, 0, 0));
        assertThat(bench.now(retry).state()).isEqualTo(State.COMPLETED);
        assertThat(bench.processed).hasSize(300);
        assertThat(bench.deadLetters()).isEmpty();
        assertThat(bench.steps(retry))
                .containsExactly(
                        "alice ordered: retry of 300 events, because: the account exists now",
                        "platform batch 1: 1 event",
                        "platform batch 2: 10 events",
                        "platform batch 3: 100 events",
                        "platform batch 4: 189 events",
                        "platform completed: 300 succeeded, 0 failed, 0 skipped");
    }

    @Test
    void a_double_click_with_a_request_id_is_one_operation() {
        bench.dead(3);

        Operation first = bench.operations.order(repeatable("click-1"));
        Operation second = bench.operations.order(repeatable("click-1"));
        bench.letItRun();
        Operation third = bench.operations.order(repeatable("click-1"));

        assertThat(second.id()).isEqualTo(first.id());
        assertThat(third.id()).isEqualTo(first.id());
        assertThat(third.state()).isEqualTo(State.COMPLETED);
        assertThat(bench.operations.log(null, 10)).hasSize(1);
        assertThat(bench.processed).hasSize(3);
    }

    @Test
    void a_request_id_of_another_order_is_refused() {
        bench.operations.order(repeatable("click-1"));

        assertThatThrownBy(() -> bench.operations.order(new OperationRequest(
                        OperationKind.DISCARD, everything(), null, OperationsBench.OPERATOR, "", "click-1")))
                .isInstanceOf(OperationConflictException.class)
                .hasMessageContaining("click-1");
    }

    @Test
    void a_request_id_of_other_listed_events_is_refused() {
        bench.dead(3);
        Operation first = bench.operations.order(repeatable("click-1", these(1L, 2L)));

        assertThat(bench.operations.order(repeatable("click-1", these(2L, 1L))).id())
                .isEqualTo(first.id());
        assertThatThrownBy(() -> bench.operations.order(repeatable("click-1", these(1L, 3L))))
                .isInstanceOf(OperationConflictException.class);
    }

    @Test
    void a_double_click_without_a_request_id_tries_every_event_once() {
        bench.resting = true;
        bench.dead(5);

        Operation first = bench.retryAll();
        Operation second = bench.order(OperationKind.RETRY, these(1L, 2L, 3L, 4L, 5L), Pace.UNLIMITED);
        bench.letItRun();
        bench.resting = false;
        bench.letItRun();

        assertThat(bench.counts(first)).isEqualTo(new Counts(0, 0, 5, 0, 0));
        assertThat(bench.counts(second)).isEqualTo(new Counts(0, 0, 0, 0, 5));
        assertThat(bench.notes(second)).containsOnly("waits for its retry already");
        assertThat(bench.handled).hasSize(5);
    }

    @Test
    void events_that_arrive_after_the_click_are_not_part_of_it() {
        bench.dead(3);
        Operation retry = bench.retryAll();
        long late = bench.dead("acc-late", 1, Followers.RELEASE);

        bench.letItRun();

        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 3, 0, 0));
        assertThat(bench.deadLetters()).containsExactly(late);
    }

    @Test
    void cancelling_midway_begins_nothing_more_and_lets_what_was_begun_go_on() {
        bench.resting = true;
        bench.dead(50);
        Operation retry = bench.order(OperationKind.RETRY, everything(), pace(List.of(10), 1));
        bench.letItRun();
        assertThat(bench.counts(retry)).isEqualTo(new Counts(40, 10, 0, 0, 0));

        Operation cancelled = bench.operations.cancel(retry.id(), "bob");
        bench.resting = false;
        bench.letItRun();

        assertThat(cancelled.state()).isEqualTo(State.CANCELLED);
        assertThat(bench.counts(retry)).isEqualTo(new Counts(40, 0, 10, 0, 0));
        assertThat(bench.deadLetters()).hasSize(40);
        assertThat(bench.steps(retry)).last().isEqualTo("bob cancelled: by bob");
    }

    @Test
    void cancelling_twice_or_after_the_end_changes_nothing() {
        bench.dead(1);
        Operation retry = bench.retryAll();
        bench.letItRun();

        assertThat(bench.operations.cancel(retry.id(), "bob").state()).isEqualTo(State.COMPLETED);
        assertThat(bench.steps(retry)).noneMatch(step -> step.contains("bob"));
    }

    @Test
    void an_operation_survives_a_restart_midway_and_counts_no_event_twice() {
        bench.dead(500);
        Operation retry = bench.order(OperationKind.RETRY, everything(), new Pace(List.of(), 10.0, 1));
        bench.advance(Duration.ofSeconds(20));
        int before = bench.counts(retry).succeeded();
        assertThat(before).isBetween(150, 250);

        bench.restart();
        bench.advance(Duration.ofSeconds(10));
        assertThat(bench.counts(retry).succeeded()).isGreaterThan(before);
        bench.restart();
        bench.advance(Duration.ofMinutes(1));

        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 500, 0, 0));
        assertThat(bench.handled).hasSize(500).doesNotHaveDuplicates();
    }

    @Test
    void of_two_processes_over_one_store_one_carries_an_operation_out() {
        bench.dead(50);
        try (Operations other = bench.newOperations()) {
            Operation retry = bench.order(OperationKind.RETRY, everything(), new Pace(List.of(), 5.0, 1));
            bench.advance(Duration.ofSeconds(5));

            assertThat(bench.counts(retry).succeeded()).isBetween(20, 30);
            bench.operations.close();
            bench.advance(Duration.ofMinutes(2));

            assertThat(other.find(retry.id()).orElseThrow().counts()).isEqualTo(new Counts(0, 0, 50, 0, 0));
            assertThat(bench.handled).hasSize(50).doesNotHaveDuplicates();
        }
    }

    @Test
    void two_operators_at_once_try_each_event_once_between_them() {
        bench.dead(200);

        Operation one = bench.retryAll();
        Operation other = bench.order(OperationKind.RETRY, everything(), Pace.CAREFUL);
        bench.letItRun();

        Counts first = bench.counts(one);
        Counts second = bench.counts(other);
        assertThat(first.succeeded() + second.succeeded()).isEqualTo(200);
        assertThat(first.total()).isEqualTo(200);
        assertThat(second.total()).isEqualTo(200);
        assertThat(bench.handled).hasSize(200).doesNotHaveDuplicates();
    }

    @Test
    void a_canary_stops_after_the_first_event_that_fails_again() {
        bench.refuses = _ -> true;
        bench.dead(500);

        Operation retry = bench.order(OperationKind.RETRY, everything(), null);
        bench.letItRun();

        assertThat(bench.now(retry).state()).isEqualTo(State.STOPPED);
        assertThat(bench.now(retry).note()).isEqualTo("an event failed again");
        assertThat(bench.counts(retry)).isEqualTo(new Counts(499, 0, 0, 1, 0));
        assertThat(bench.handled).hasSize(1);
        assertThat(bench.notes(retry)).first().isEqualTo("java.lang.IllegalStateException: refused again");
    }

    @Test
    void an_operation_stops_by_itself_when_as_many_fail_again_as_it_may_bear() {
        bench.refuses = event -> Integer.parseInt(event.subject().substring(4)) > 11;
        bench.dead(500);

        Operation retry = bench.order(OperationKind.RETRY, everything(), pace(List.of(1, 10, 5, 100), 5));
        bench.letItRun();

        assertThat(bench.now(retry).state()).isEqualTo(State.STOPPED);
        assertThat(bench.counts(retry)).isEqualTo(new Counts(484, 0, 11, 5, 0));
    }

    @Test
    void a_batch_begins_when_the_one_before_has_come_to_an_end() {
        bench.resting = true;
        bench.dead(20);
        Operation retry = bench.order(OperationKind.RETRY, everything(), null);

        bench.advance(Duration.ofHours(1));

        assertThat(bench.counts(retry)).isEqualTo(new Counts(19, 1, 0, 0, 0));
    }

    @Test
    void a_rate_is_kept_and_not_wasted() {
        bench.dead(100);

        Operation retry = bench.order(OperationKind.RETRY, everything(), new Pace(List.of(), 2.0, 1));

        for (int second = 1; second <= 10; second++) {
            bench.advance(Duration.ofSeconds(1));
            assertThat(100 - bench.counts(retry).pending()).isBetween(2 * second, 2 * second + 1);
        }
        bench.advance(Duration.ofSeconds(42));
        assertThat(bench.now(retry).state()).isEqualTo(State.COMPLETED);
    }

    @Test
    void a_dry_run_changes_nothing_and_says_what_would_happen() {
        bench.dead(4);
        long broken = bench.quarantined("orders/0@17", new byte[] {'{'}, "application/cloudevents+json");

        var preview = bench.operations.dryRun(request(OperationKind.RETRY, everything(), null));
        bench.letItRun();

        assertThat(preview.total()).isEqualTo(5);
        assertThat(preview.groups()).singleElement().satisfies(group -> {
            assertThat(group.worker()).isEqualTo("margin");
            assertThat(group.type()).isEqualTo("Trading.Order.Placed.v1");
            assertThat(group.count()).isEqualTo(4);
        });
        assertThat(preview.skipped()).isEqualTo(1);
        assertThat(preview.reasons()).singleElement().satisfies(skipped -> {
            assertThat(skipped.sequence()).isEqualTo(broken);
            assertThat(skipped.reason()).startsWith("still cannot be read: ");
        });
        assertThat(bench.deadLetters()).hasSize(5);
        assertThat(bench.handled).isEmpty();
        assertThat(bench.operations.log(null, 10)).isEmpty();
    }

    @Test
    void a_retry_skips_what_still_cannot_be_read_and_tries_what_can() {
        bench.quarantined("orders/0@17", new byte[] {'{'}, "application/cloudevents+json");
        bench.quarantined("orders/0@18", new byte[] {1, 2}, "application/octet-stream");
        bench.quarantined(
                "orders/0@19",
                ai.tradesense.codec.CloudEventJson.write(
                        OrderPlaced.event("acc", 7).envelope()),
                "application/cloudevents+json");

        Operation retry = bench.retryAll();
        bench.letItRun();

        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 1, 0, 2));
        assertThat(bench.notes(retry).get(0)).startsWith("still cannot be read: ");
        assertThat(bench.notes(retry).get(1))
                .isEqualTo("still cannot be read: its bytes are application/octet-stream, expected"
                        + " application/cloudevents+json; edit it, or discard it");
        assertThat(bench.processed).containsExactly("acc#7");
    }

    @Test
    void while_the_worker_takes_no_events_they_wait_and_no_failure_is_counted() {
        bench.resting = true; // its breaker is open, it is paused, or it is not registered
        bench.dead(3);
        Operation retry = bench.retryAll();

        bench.advance(Duration.ofDays(1));

        assertThat(bench.now(retry).state()).isEqualTo(State.RUNNING);
        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 3, 0, 0, 0));
        assertThat(bench.operations.waitsFor(retry.id())).containsExactly(new WorkerShare("margin", 3));
        bench.resting = false;
        bench.letItRun();
        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 3, 0, 0));
        assertThat(bench.operations.waitsFor(retry.id())).isEmpty();
    }

    @Test
    void a_worker_that_nobody_knows_has_no_dead_letters_and_the_operation_is_over_at_once() {
        bench.dead(3);
        Selection unknown =
                new Selection.Matching(new DeadLetterFilter("nobody", null, null, null, null, null, null, null));

        Operation retry = bench.order(OperationKind.RETRY, unknown, null);
        bench.runtime.settle();

        assertThat(bench.now(retry).state()).isEqualTo(State.COMPLETED);
        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 0, 0, 0));
        assertThat(bench.deadLetters()).hasSize(3);
    }

    @Test
    void an_empty_or_endless_list_of_ids_is_refused() {
        assertThatThrownBy(() -> bench.order(OperationKind.RETRY, these(), null))
                .isInstanceOf(InvalidOperationException.class)
                .hasMessage("/selection/ids: has 0 ids, expected 1 to 10000");
        Selection endless = new Selection.Listed(
                IntStream.rangeClosed(1, 10_001).mapToObj(Long::valueOf).toList());
        assertThatThrownBy(() -> bench.order(OperationKind.RETRY, endless, null))
                .hasMessageContaining("has 10001 ids");
        assertThat(bench.operations.log(null, 10)).isEmpty();
    }

    @Test
    void a_listed_event_that_is_no_dead_letter_is_skipped_with_the_reason() {
        long waits = bench.follower("acc", 1);
        bench.resting = true;

        Operation discard = bench.order(OperationKind.DISCARD, these(99L, waits), null);
        bench.letItRun();

        assertThat(bench.counts(discard)).isEqualTo(new Counts(0, 0, 0, 0, 2));
        assertThat(bench.notes(discard))
                .containsExactly("waits for its retry already", "is parked no more: it was processed, or never was");
    }

    @Test
    void a_selection_over_the_page_limit_is_frozen_whole_and_in_order() {
        bench.resting = true;
        bench.dead(2_500);

        Operation discard = bench.order(OperationKind.DISCARD, everything(), null);

        assertThat(bench.operations.items(discard.id(), null, 0, 10_000))
                .extracting(OperationItem::sequence)
                .isEqualTo(
                        IntStream.rangeClosed(1, 2_500).mapToObj(Long::valueOf).toList());
        bench.letItRun();
        assertThat(bench.counts(discard)).isEqualTo(new Counts(0, 0, 2_500, 0, 0));
        assertThat(bench.deadLetters()).isEmpty();
    }

    @Test
    void a_retry_of_a_held_subject_keeps_its_sequence() {
        bench.dead("acc", 1, Followers.HOLD);
        bench.follower("acc", 2);
        bench.follower("acc", 3);
        bench.letItRun();
        assertThat(bench.handled).isEmpty();

        bench.retryAll();
        bench.letItRun();

        assertThat(bench.processed).containsExactly("acc#1", "acc#2", "acc#3");
    }

    @Test
    void a_discard_releases_what_waited_behind() {
        long dead = bench.dead("acc", 1, Followers.HOLD);
        bench.follower("acc", 2);
        bench.follower("acc", 3);

        Operation discard = bench.order(OperationKind.DISCARD, these(dead), null);
        bench.letItRun();

        assertThat(bench.counts(discard)).isEqualTo(new Counts(0, 0, 1, 0, 0));
        assertThat(bench.processed).containsExactly("acc#2", "acc#3");
    }

    @Test
    void what_was_discarded_can_be_restored_and_retried() {
        long dead = bench.dead("acc", 1, Followers.RELEASE);
        bench.order(OperationKind.DISCARD, these(dead), null);
        bench.letItRun();
        assertThat(bench.deadLetters()).isEmpty();

        Operation retry = bench.order(OperationKind.RETRY, these(dead), null);
        bench.letItRun();
        assertThat(bench.notes(retry)).containsExactly("is discarded; restore it first");

        Operation restore = bench.order(OperationKind.RESTORE, everything(), null);
        bench.letItRun();
        assertThat(bench.counts(restore)).isEqualTo(new Counts(0, 0, 1, 0, 0));
        assertThat(bench.deadLetters()).containsExactly(dead);
        bench.retryAll();
        bench.letItRun();
        assertThat(bench.processed).containsExactly("acc#1");
    }

    @Test
    void restoring_twice_or_what_was_never_discarded_changes_nothing() {
        long dead = bench.dead("acc", 1, Followers.HOLD);

        Operation restore = bench.order(OperationKind.RESTORE, these(dead), null);
        bench.letItRun();

        assertThat(bench.notes(restore)).containsExactly("is not discarded");
        assertThat(bench.progress(dead).holds()).isTrue();
    }

    @Test
    void a_discard_of_events_that_are_being_retried_leaves_them_alone() {
        bench.resting = true;
        bench.dead(3);
        Operation retry = bench.retryAll();
        Operation discard = bench.order(OperationKind.DISCARD, these(1L, 2L, 3L), null);
        bench.letItRun();
        bench.resting = false;
        bench.letItRun();

        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 3, 0, 0));
        assertThat(bench.counts(discard)).isEqualTo(new Counts(0, 0, 0, 0, 3));
        assertThat(bench.processed).hasSize(3);
    }

    @Test
    void what_failed_again_and_was_discarded_meanwhile_counts_as_failed() {
        bench.refuses = _ -> true;
        long dead = bench.dead("acc", 1, Followers.RELEASE);
        Operation retry = bench.retryAll();
        bench.letItRun();
        bench.order(OperationKind.DISCARD, these(dead), null);
        bench.letItRun();

        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 0, 1, 0));
        assertThat(bench.progress(dead).state()).isEqualTo(Progress.State.DEAD);
        assertThat(bench.progress(dead).discardedAt()).isNotNull();
    }

    @Test
    void the_log_says_who_did_what_newest_first() {
        bench.dead(1);
        Operation discard = bench.order(OperationKind.DISCARD, everything(), null);
        bench.letItRun();
        Operation restore = bench.operations.order(
                new OperationRequest(OperationKind.RESTORE, everything(), null, "bob", "a mistake", null));
        bench.letItRun();

        assertThat(bench.operations.log(null, 10)).extracting(Operation::actor).containsExactly("bob", "alice");
        assertThat(bench.operations.log(restore.number(), 10))
                .extracting(Operation::id)
                .containsExactly(discard.id());
        assertThat(bench.steps(restore))
                .containsExactly(
                        "bob ordered: restore of 1 events, because: a mistake",
                        "platform batch 1: 1 event",
                        "platform completed: 1 succeeded, 0 failed, 0 skipped");
        assertThat(bench.operations.items(discard.id(), Status.SUCCEEDED, 0, 10))
                .hasSize(1);
    }
}
