package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationStep;
import ai.tradesense.operations.Replay;
import ai.tradesense.operations.ReplayPage;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange.Bury;
import ai.tradesense.parking.ParkingChange.Complete;
import ai.tradesense.parking.ParkingChange.Discard;
import ai.tradesense.parking.ParkingChange.Park;
import ai.tradesense.parking.ParkingChange.Requeue;
import ai.tradesense.parking.ParkingStore.EventIdentity;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.parking.Progress;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// What a store of operations does with replays of stored events.
abstract class OperationStoreReplays extends OperationStoreSuite {
    private static ParkedEvent copy(Operation replay, DomainEvent event) {
        return ParkingStoreSuite.follower(GROUP, event).replayedBy(replay.id());
    }

    private static ReplayPage page(Operation replay, long after, long upTo, List<DomainEvent> events) {
        return new ReplayPage(
                after,
                upTo,
                upTo >= lastOf(replay),
                events.stream().map(event -> copy(replay, event)).toList());
    }

    private static long lastOf(Operation operation) {
        Replay replay = operation.replay();
        return replay == null ? 0 : replay.upTo();
    }

    private Operation handOver(Operation replay, long after, long upTo, List<DomainEvent> events) {
        return store().replay(replay.id(), ME, page(replay, after, upTo, events), NOW, null);
    }

    private List<ParkedEvent> queue() {
        return parking().head(GROUP, ParkingStoreSuite.KEY, 100);
    }

    private void bury(long sequence) {
        parking().apply(List.of(new Bury(GROUP, sequence, 1, ParkingStoreSuite.failure(5), Followers.RELEASE)));
    }

    @Test
    void a_replay_comes_back_as_it_was() {
        for (Replay replay : List.of(
                new Replay("worker", "group", "Trading.*", "\u00fc'%", NOW, NOW.plusNanos(1), 3, 1L << 40, 3),
                new Replay("worker", "group", null, null, null, null, 0, 1, 0))) {
            Operation order = replay(1_000_000, 0, 1).replayed(replay);

            Operation kept = store().create(order, List.of());

            assertEquals(order.numbered(kept.number()), kept);
            assertEquals(Optional.of(kept), store().find(order.id()));
            assertEquals(List.of(), all(kept));
            assertTrue(store().active().contains(kept));
        }
    }

    @Test
    void events_of_a_replay_are_parked_as_copies_and_noted_together() {
        List<DomainEvent> events = this.events.orders(3, "account");
        Operation replay = claimedReplay(5, 40);
        long revision = parking().revision(GROUP);

        Operation after = store().replay(replay.id(), ME, page(replay, 0, 17, events), NOW.plusSeconds(1), "batch 1");

        assertEquals(new Counts(2, 3, 0, 0, 0), after.counts());
        assertEquals(17, lastHandedOver(after));
        assertEquals(Optional.of(after), store().find(replay.id()));
        assertEquals(Expect.ids(events), queue().stream().map(ParkedEvent::id).toList());
        for (ParkedEvent parked : queue()) {
            assertEquals(replay.id(), parked.replayedBy());
            assertEquals(Progress.FOLLOWER, parked.progress());
        }
        List<OperationItem> items = all(replay);
        assertEquals(List.of(1, 2, 3), items.stream().map(OperationItem::number).toList());
        assertEquals(
                queue().stream().map(ParkedEvent::sequence).toList(),
                items.stream().map(OperationItem::sequence).toList());
        assertEquals(List.of(Status.IN_PROGRESS, Status.IN_PROGRESS, Status.IN_PROGRESS), statuses(replay));
        assertTrue(parking().revision(GROUP) > revision, "the worker is to look");
        assertEquals(3, parking().counts(GROUP).waiting());
        assertEquals(
                List.of(
                        new OperationStep(
                                1,
                                NOW,
                                "alice",
                                "ordered: replay of 5 events up to position 40 to " + GROUP
                                        + "-worker, because: a reason"),
                        new OperationStep(2, NOW.plusSeconds(1), OperationStep.PLATFORM, "batch 1")),
                store().steps(replay.id()));
    }

    private static long lastHandedOver(Operation operation) {
        Replay replay = operation.replay();
        return replay == null ? -1 : replay.cursor();
    }

    @Test
    void what_is_replayed_and_what_is_delivered_are_two() {
        DomainEvent event = events.order("account");
        Operation replay = claimedReplay(1, 9);
        handOver(replay, 0, 9, List.of(event));

        assertEquals(1, parking().apply(List.of(new Park(ParkingStoreSuite.follower(GROUP, event)))));

        assertEquals(2, parking().counts(GROUP).waiting());
        assertEquals(
                List.of(new WaitingSubject(ParkingStoreSuite.KEY, 2, null, false)),
                parking().waiting(GROUP));
        EventIdentity identity = new EventIdentity(event.source().toString(), event.id());
        List<ParkedEvent> found = parking().find(GROUP, identity);
        assertEquals(2, found.size());
        assertEquals(1, found.stream().filter(ParkedEvent::isReplay).count());
        assertEquals(List.of(identity), parking().recent(GROUP, 10), "what is replayed has not been delivered");
        assertEquals(0, parking().apply(List.of(new Park(ParkingStoreSuite.follower(GROUP, event)))));
        assertEquals(List.of(), parking().find("another", identity));
    }

    @Test
    void what_is_parked_already_is_skipped_with_the_reason() {
        List<DomainEvent> events = this.events.orders(5, "account");
        parking()
                .apply(List.of(
                        new Park(ParkingStoreSuite.follower(GROUP, events.get(0))),
                        new Park(ParkingStoreSuite.dead(GROUP, events.get(1))),
                        new Park(ParkingStoreSuite.dead(GROUP, events.get(2)))));
        long discarded =
                parking().find(GROUP, identity(events.get(2))).getFirst().sequence();
        parking().apply(List.of(new Discard(GROUP, discarded, NOW)));
        handOver(claimedReplay(1, 5), 0, 5, List.of(events.get(3)));
        Operation replay = claimedReplay(5, 5);

        Operation after = handOver(replay, 0, 5, events);

        assertEquals(new Counts(0, 1, 0, 0, 4), after.counts());
        assertEquals(
                List.of(
                        "waits for its worker already",
                        "is a dead letter; retry it instead",
                        "was discarded; restore and retry it instead",
                        "waits for its worker already",
                        ""),
                all(replay).stream().map(OperationItem::note).toList());
        assertEquals(discarded, all(replay).get(2).sequence());
    }

    private static EventIdentity identity(DomainEvent event) {
        return new EventIdentity(event.source().toString(), event.id());
    }

    @Test
    void a_page_that_is_handed_over_twice_is_parked_once() {
        List<DomainEvent> events = this.events.orders(2, "account");
        Operation replay = claimedReplay(4, 9);
        Operation first = handOver(replay, 0, 5, events);
        assertEquals(new Counts(2, 2, 0, 0, 0), first.counts());
        queue().forEach(parked -> parking().apply(List.of(new Complete(GROUP, parked.sequence()))));

        Operation second = handOver(replay, 0, 5, events);

        assertEquals(first, second);
        assertEquals(List.of(), queue());
    }

    @Test
    void who_does_not_have_a_replay_or_comes_after_its_end_hands_nothing_over() {
        List<DomainEvent> events = this.events.orders(2, "account");
        Operation replay = claimedReplay(2, 9);

        Operation others = store().replay(replay.id(), "instance-2", page(replay, 0, 9, events), NOW, "a step");
        Operation ended = store().end(replay.id(), State.CANCELLED, "by bob", "bob", NOW);
        Operation late = handOver(replay, 0, 9, events);

        assertEquals(replay, others);
        assertEquals(ended, late);
        assertEquals(new Counts(2, 0, 0, 0, 0), late.counts());
        assertEquals(List.of(), queue());
    }

    @Test
    void replayed_events_that_succeed_are_counted_and_those_that_die_are_kept() {
        List<DomainEvent> events = this.events.orders(3, "account");
        Operation replay = claimedReplay(3, 9);
        handOver(replay, 0, 9, events);
        List<Long> sequences = queue().stream().map(ParkedEvent::sequence).toList();
        parking().apply(List.of(new Complete(GROUP, sequences.get(0))));
        bury(sequences.get(1));

        Operation after = store().settle(replay.id(), ME);

        assertEquals(new Counts(0, 1, 1, 1, 0), after.counts());
        assertEquals(after, store().settle(replay.id(), ME), "what is settled stays settled");
        assertEquals(
                List.of(2, 3), all(replay).stream().map(OperationItem::number).toList());
        assertEquals(List.of(Status.FAILED, Status.IN_PROGRESS), statuses(replay));
        assertEquals(List.of(3), numbers(store().items(replay.id(), null, 2, 10)));
        assertTrue(all(replay).getFirst().note().startsWith("java.lang.IllegalStateException: attempt 5 failed"));

        parking().apply(List.of(new Requeue(GROUP, sequences.get(1), NOW, null)));
        ParkedEvent again = parking().find(sequences.get(1)).orElseThrow();
        assertEquals(replay.id(), again.replayedBy(), "a dead letter that is retried is still a replay");
    }

    private static List<Integer> numbers(List<OperationItem> items) {
        return items.stream().map(OperationItem::number).toList();
    }

    @Test
    void what_is_missing_at_the_end_of_a_replay_is_noted_and_what_is_more_does_no_harm() {
        List<DomainEvent> events = this.events.orders(4, "account");
        Operation replay = claimedReplay(6, 9);

        assertEquals(
                new Counts(5, 1, 0, 0, 0),
                handOver(replay, 0, 2, events.subList(0, 1)).counts());
        assertEquals(
                new Counts(2, 4, 0, 0, 0),
                handOver(replay, 2, 8, events.subList(1, 4)).counts());
        Operation after = handOver(replay, 8, 9, List.of());

        assertEquals(new Counts(0, 4, 0, 0, 2), after.counts());
        assertEquals(
                "2 events are in the store no more",
                store().steps(replay.id()).getLast().text());

        Operation more = claimedReplay(1, 9);
        assertEquals(
                new Counts(0, 2, 0, 0, 0),
                handOver(more, 0, 5, this.events.orders(2, "other")).counts());
        assertEquals(new Counts(0, 2, 0, 0, 0), handOver(more, 5, 9, List.of()).counts());
    }

    @Test
    void after_a_restart_a_replay_is_where_it_was_or_is_not_there() throws Exception {
        List<DomainEvent> events = this.events.orders(2, "account");
        Operation replay = claimedReplay(4, 9);
        Operation before = handOver(replay, 0, 5, events);
        assertEquals(new Counts(2, 2, 0, 0, 0), before.counts());

        restart();

        if (survivesRestart()) {
            assertEquals(List.of(before), store().active());
            assertEquals(List.of(1, 2), numbers(all(replay)));
            assertEquals(replay.id(), queue().getFirst().replayedBy());
        } else {
            assertEquals(List.of(), store().active());
        }
    }
}
