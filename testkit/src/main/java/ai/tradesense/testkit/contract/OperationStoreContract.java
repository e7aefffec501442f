package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationStep;
import ai.tradesense.operations.OperationStore.Order;
import ai.tradesense.operations.OperationStore.WorkerShare;
import ai.tradesense.operations.Pace;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkingChange.Bury;
import ai.tradesense.parking.ParkingChange.Complete;
import ai.tradesense.parking.ParkingChange.Requeue;
import ai.tradesense.parking.Progress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What an [ai.tradesense.operations.OperationStore] must do. Extend it, say how yours is opened and
/// whether it survives a restart, and run it.
public abstract class OperationStoreContract extends OperationStoreReplays {
    private static final DeadLetterFilter EVERYTHING_SAID = new DeadLetterFilter(
            "worker",
            TypeFilter.of("Trading.Order.Placed.v1", "Risk.*"),
            "account",
            "cause",
            DeadLetterFilter.State.QUARANTINED,
            NOW,
            NOW.plusNanos(1),
            "text: \u00fc '%_");

    private static final Pace DETAILED = new Pace(List.of(1, 20, 300), 0.25, 7);

    @Test
    void an_operation_comes_back_as_it_was() {
        for (DeadLetterFilter filter : List.of(EVERYTHING_SAID, DeadLetterFilter.ALL)) {
            for (Pace pace : List.of(DETAILED, Pace.UNLIMITED)) {
                Operation order = operation(OperationKind.RESTORE, filter, pace, null);

                Operation kept = store().create(order, items(List.of(1L, 2L)));

                assertNotEquals(0, kept.number());
                assertEquals(order.numbered(kept.number()).counted(new Counts(2, 0, 0, 0, 0)), kept);
                assertEquals(Optional.of(kept), store().find(order.id()));
            }
        }
    }

    @Test
    void an_operation_on_listed_events_has_no_filter() {
        Operation order = operation(OperationKind.DISCARD, null, Pace.CAREFUL, "request");

        Operation kept = store().create(order, items(List.of(1L)));

        assertEquals(null, kept.filter());
        assertEquals("request", kept.requestId());
        assertEquals(Optional.of(kept), store().findByRequest("request"));
        assertEquals(Optional.empty(), store().findByRequest("another"));
    }

    @Test
    void the_events_of_an_operation_come_back_as_they_were() {
        for (DomainEvent sample : new SampleEvents(events).all()) {
            Operation edit = store().create(
                            operation(OperationKind.EDIT, null, Pace.UNLIMITED, null), List.of(item(1, 17, sample)));

            OperationItem kept = all(edit).getFirst();
            Expect.sameEvent(sample, kept.corrected());
            assertEquals(17, kept.sequence());
        }
        OperationItem unknown = new OperationItem(
                1, 5, "", "", null, ai.tradesense.parking.ParkedEvent.UNKNOWN, "", Status.SKIPPED, "why", null);
        Operation other = store().create(
                        operation(OperationKind.RETRY, null, Pace.UNLIMITED, null), List.of(unknown, item(2, 6, null)));

        assertEquals(List.of(unknown, item(2, 6, null)), all(other));
        assertEquals(new Counts(1, 0, 0, 0, 1), other.counts());
    }

    @Test
    void what_is_ordered_twice_with_one_request_id_is_kept_once() {
        Operation first = store().create(
                        operation(OperationKind.RETRY, DeadLetterFilter.ALL, Pace.CAREFUL, "click"),
                        items(List.of(1L)));

        Operation second = store().create(
                        operation(OperationKind.DISCARD, DeadLetterFilter.ALL, Pace.CAREFUL, "click"),
                        items(List.of(2L, 3L)));

        assertEquals(first, second);
        assertEquals(List.of(first), store().list(null, 10));
        assertEquals(1, all(first).size());
    }

    @Test
    void of_many_who_order_with_one_request_id_at_the_same_time_all_get_the_same_operation() {
        List<Operation> orders = IntStream.range(0, 16)
                .mapToObj(_ -> operation(OperationKind.RETRY, DeadLetterFilter.ALL, Pace.CAREFUL, "click"))
                .toList();

        List<CompletableFuture<String>> answers = orders.stream()
                .map(order -> CompletableFuture.supplyAsync(
                        () -> store().create(order, items(List.of(1L))).id()))
                .toList();

        assertEquals(1, answers.stream().map(CompletableFuture::join).distinct().count());
        assertEquals(1, store().list(null, 100).size());
    }

    @Test
    void operations_are_listed_newest_first_and_page_by_page() {
        List<Operation> kept = IntStream.range(0, 5)
                .mapToObj(_ -> created(OperationKind.RETRY, List.of(1L)))
                .toList();

        assertEquals(kept.reversed(), store().list(null, 10));
        assertEquals(kept.reversed().subList(0, 2), store().list(null, 2));
        assertEquals(kept.subList(0, 3).reversed(), store().list(kept.get(3).number(), 10));
    }

    @Test
    void the_events_are_given_page_by_page_and_by_status() {
        List<Long> sequences = dead(5);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        carryOut(retry, requeue(2, sequences.get(1)), requeue(4, sequences.get(3)));

        assertEquals(List.of(3, 4), numbers(store().items(retry.id(), null, 2, 2)));
        assertEquals(List.of(1, 3), numbers(store().items(retry.id(), Status.PENDING, 0, 2)));
        assertEquals(List.of(4), numbers(store().items(retry.id(), Status.IN_PROGRESS, 2, 10)));
    }

    private static List<Integer> numbers(List<OperationItem> items) {
        return items.stream().map(OperationItem::number).toList();
    }

    @Test
    void a_change_and_what_is_noted_of_it_happen_together() {
        List<Long> sequences = dead(2);
        Operation retry = claimed(OperationKind.RETRY, sequences);

        Operation after = carryOut(retry, requeue(1, sequences.get(0)));

        assertEquals(new Counts(1, 1, 0, 0, 0), after.counts());
        assertEquals(after.counts(), store().find(retry.id()).orElseThrow().counts());
        assertEquals(List.of(Status.IN_PROGRESS, Status.PENDING), statuses(retry));
        assertEquals(
                Progress.State.WAITING,
                parking().find(sequences.get(0)).orElseThrow().state());
        assertEquals(
                Progress.State.DEAD,
                parking().find(sequences.get(1)).orElseThrow().state());
    }

    @Test
    void owners_of_parked_events_notice_what_an_operation_did() {
        List<Long> sequences = dead(1);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        long before = parking().revision(GROUP);

        carryOut(retry, requeue(1, sequences.getFirst()));

        assertTrue(parking().revision(GROUP) > before);
        assertEquals(1, parking().counts(GROUP).waiting());
        assertEquals(0, parking().counts(GROUP).dead());
    }

    @Test
    void what_needs_no_trying_has_succeeded_at_once() {
        List<Long> sequences = dead(1);
        Operation discard = claimed(OperationKind.DISCARD, sequences);

        Operation after = carryOut(discard, discard(1, sequences.getFirst()));

        assertEquals(new Counts(0, 0, 1, 0, 0), after.counts());
    }

    @Test
    void a_change_without_effect_is_skipped_with_the_reason() {
        List<Long> sequences = dead(2);
        parking().apply(List.of(new Requeue(GROUP, sequences.get(0), NOW, null)));
        Operation retry = claimed(OperationKind.RETRY, List.of(sequences.get(0), sequences.get(1), 99L));

        Operation after = carryOut(retry, requeue(1, sequences.get(0)), requeue(2, sequences.get(1)), requeue(3, 99));

        assertEquals(new Counts(0, 1, 0, 0, 2), after.counts());
        assertEquals(
                List.of("waits for its retry already", "", "is parked no more: it was processed, or never was"),
                all(retry).stream().map(OperationItem::note).toList());
    }

    @Test
    void what_is_to_be_skipped_is_noted_with_the_reason() {
        List<Long> sequences = dead(1);
        Operation retry = claimed(OperationKind.RETRY, sequences);

        Operation after = carryOut(retry, new Order.Skip(1, "cannot be read"));

        assertEquals(new Counts(0, 0, 0, 0, 1), after.counts());
        assertEquals("cannot be read", all(retry).getFirst().note());
    }

    @Test
    void an_event_is_changed_once_however_often_that_is_ordered() {
        List<Long> sequences = dead(1);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        carryOut(retry, requeue(1, sequences.getFirst()));
        bury(sequences.getFirst());

        Operation after = carryOut(retry, requeue(1, sequences.getFirst()), new Order.Skip(1, "no"));

        assertEquals(new Counts(0, 1, 0, 0, 0), after.counts());
        assertEquals(
                Progress.State.DEAD,
                parking().find(sequences.getFirst()).orElseThrow().state());
    }

    private void bury(long sequence) {
        parking().apply(List.of(new Bury(GROUP, sequence, 1, ParkingStoreSuite.failure(5), Followers.RELEASE)));
    }

    @Test
    void events_that_are_processed_have_succeeded_and_those_that_are_dead_again_have_failed() {
        List<Long> sequences = dead(3);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        carryOut(retry, requeue(1, sequences.get(0)), requeue(2, sequences.get(1)), requeue(3, sequences.get(2)));
        parking().apply(List.of(new Complete(GROUP, sequences.get(0))));
        bury(sequences.get(1));

        Operation after = store().settle(retry.id(), ME);

        assertEquals(new Counts(0, 1, 1, 1, 0), after.counts());
        assertEquals(List.of(Status.SUCCEEDED, Status.FAILED, Status.IN_PROGRESS), statuses(retry));
        assertTrue(all(retry).get(1).note().startsWith("java.lang.IllegalStateException: attempt 5 failed"));
        assertEquals(after, store().settle(retry.id(), ME), "what is settled stays settled");
    }

    @Test
    void the_workers_that_have_events_are_known() {
        List<Long> sequences = dead(3);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        carryOut(retry, requeue(1, sequences.get(0)), requeue(2, sequences.get(1)));

        assertEquals(List.of(new WorkerShare(GROUP + "-worker", 2)), store().inProgress(retry.id()));
    }

    @Test
    void one_instance_at_a_time_has_an_operation() {
        Operation retry = created(OperationKind.RETRY, dead(1));

        assertTrue(store().claim(retry.id(), ME, NOW, NOW.plusSeconds(30)));
        assertFalse(store().claim(retry.id(), "instance-2", NOW.plusSeconds(29), NOW.plusSeconds(60)));
        assertTrue(store().claim(retry.id(), ME, NOW.plusSeconds(29), NOW.plusSeconds(59)));
        assertTrue(store().claim(retry.id(), "instance-2", NOW.plusSeconds(59), NOW.plusSeconds(89)));
        assertFalse(store().claim(retry.id(), ME, NOW.plusSeconds(60), NOW.plusSeconds(90)));
    }

    @Test
    void what_an_instance_gives_back_another_may_have_at_once() {
        Operation retry = created(OperationKind.RETRY, dead(1));
        assertTrue(store().claim(retry.id(), ME, NOW, NOW.plusSeconds(30)));
        assertFalse(store().claim(retry.id(), "instance-2", NOW, NOW.plusSeconds(30)));

        store().release(ME);

        assertTrue(store().claim(retry.id(), "instance-2", NOW, NOW.plusSeconds(30)));
    }

    @Test
    void who_does_not_have_an_operation_changes_nothing() {
        List<Long> sequences = dead(2);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        carryOut(retry, requeue(1, sequences.get(0)));
        parking().apply(List.of(new Complete(GROUP, sequences.get(0))));

        store().carryOut(retry.id(), "instance-2", List.of(requeue(2, sequences.get(1))), NOW, "a step");
        Operation after = store().settle(retry.id(), "instance-2");

        assertEquals(new Counts(1, 1, 0, 0, 0), after.counts());
        assertEquals(
                Progress.State.DEAD,
                parking().find(sequences.get(1)).orElseThrow().state());
        assertEquals(1, store().steps(retry.id()).size());
    }

    @Test
    void an_operation_that_has_ended_begins_nothing_and_looks_after_what_it_began() {
        List<Long> sequences = dead(2);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        carryOut(retry, requeue(1, sequences.get(0)));

        Operation ended = store().end(retry.id(), State.CANCELLED, "by bob", "bob", NOW.plusSeconds(9));
        Operation after = carryOut(retry, requeue(2, sequences.get(1)));

        assertEquals(State.CANCELLED, ended.state());
        assertEquals("by bob", ended.note());
        assertEquals(NOW.plusSeconds(9), ended.endedAt());
        assertEquals(new Counts(1, 1, 0, 0, 0), after.counts());
        assertEquals(List.of(after), store().active());
        parking().apply(List.of(new Complete(GROUP, sequences.get(0))));
        assertEquals(new Counts(1, 0, 1, 0, 0), store().settle(retry.id(), ME).counts());
        assertEquals(List.of(), store().active());
    }

    @Test
    void an_operation_ends_once() {
        Operation retry = claimed(OperationKind.RETRY, dead(1));
        Operation ended = store().end(retry.id(), State.STOPPED, "why", OperationStep.PLATFORM, NOW);

        assertEquals(State.STOPPED, ended.state());
        assertEquals(ended, store().end(retry.id(), State.CANCELLED, "by bob", "bob", NOW.plusSeconds(1)));
        assertEquals(2, store().steps(retry.id()).size());
    }

    @Test
    void the_log_says_what_was_done_in_order() {
        List<Long> sequences = dead(3);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        store().carryOut(retry.id(), ME, List.of(requeue(1, sequences.get(0))), NOW.plusSeconds(1), "batch 1");
        store().carryOut(retry.id(), ME, List.of(new Order.Skip(2, "no")), NOW.plusSeconds(2), "not written");
        store().end(retry.id(), State.STOPPED, "an event failed again", OperationStep.PLATFORM, NOW.plusSeconds(3));

        assertEquals(
                List.of(
                        new OperationStep(1, NOW, "alice", "ordered: retry of 3 events, because: a reason"),
                        new OperationStep(2, NOW.plusSeconds(1), "platform", "batch 1"),
                        new OperationStep(3, NOW.plusSeconds(3), "platform", "stopped: an event failed again")),
                store().steps(retry.id()));
    }

    @Test
    void after_a_restart_everything_is_as_it_was_left_or_nothing_is_there() throws Exception {
        List<Long> sequences = dead(3);
        Operation retry = claimed(OperationKind.RETRY, sequences);
        Operation before = carryOut(retry, requeue(1, sequences.get(0)));
        List<OperationItem> items = all(retry);
        assertEquals(new Counts(2, 1, 0, 0, 0), before.counts());

        restart();

        if (survivesRestart()) {
            assertEquals(List.of(before), store().active());
            assertEquals(items, all(retry));
            assertEquals(1, store().steps(retry.id()).size());
            assertFalse(store().claim(retry.id(), "instance-2", NOW.plusSeconds(1), NOW.plusSeconds(31)));
            assertTrue(store().claim(retry.id(), "instance-2", NOW.plusSeconds(30), NOW.plusSeconds(60)));
        } else {
            assertEquals(List.of(), store().active());
            assertEquals(List.of(), store().list(null, 10));
        }
    }
}
