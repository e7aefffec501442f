package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingChange.Begin;
import ai.tradesense.parking.ParkingChange.Bury;
import ai.tradesense.parking.ParkingChange.Complete;
import ai.tradesense.parking.ParkingChange.Discard;
import ai.tradesense.parking.ParkingChange.Mark;
import ai.tradesense.parking.ParkingChange.Quarantine;
import ai.tradesense.parking.ParkingChange.Requeue;
import ai.tradesense.parking.ParkingChange.Reschedule;
import ai.tradesense.parking.ParkingChange.Restore;
import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.transport.Partition;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What a parking store does for operators and about attempts that may have ended with their process.
abstract class ParkingStoreOperations extends ParkingStoreSearches {
    private static final Partition ONE = new Partition("Trading", 1);
    private static final Partition TWO = new Partition("Trading", 2);

    @Test
    void behind_a_dead_letter_that_holds_its_subject_everything_waits() {
        List<DomainEvent> parked = events.orders(3, "account");
        apply(park(head(GROUP, parked.get(0), NOW)), park(follower(GROUP, parked.get(1))));
        long first = sequenceOf(parked.get(0));

        apply(new Bury(GROUP, first, 4, failure(4), Followers.HOLD));
        apply(park(follower(GROUP, parked.get(2))));

        assertEquals(Expect.ids(parked), ids(waiting(KEY)), "a dead letter that holds is in the queue");
        assertEquals(given(1, 4, Followers.HOLD), waiting(KEY).getFirst().progress());
        assertEquals(List.of(new WaitingSubject(KEY, 2, null, true)), store().waiting(GROUP));
        assertEquals(new Counts(2, 1), store().counts(GROUP));
        assertEquals(List.of(parked.get(0).id()), ids(store().deadLetters(ALL)));
    }

    @Test
    void a_dead_letter_that_holds_alone_is_a_queue_too() {
        DomainEvent event = events.order("account");
        apply(park(row(GROUP, event, given(4, 4, Followers.HOLD), List.of(failure(4)))));

        assertEquals(List.of(event.id()), ids(waiting(KEY)));
        assertEquals(List.of(new WaitingSubject(KEY, 0, null, true)), store().waiting(GROUP));
    }

    @Test
    void a_requeued_dead_letter_is_at_its_old_place_with_all_attempts_before_it() {
        List<DomainEvent> parked = events.orders(3, "account");
        apply(park(head(GROUP, parked.get(0), NOW)), park(follower(GROUP, parked.get(1))));
        long sequence = sequenceOf(parked.get(0));
        apply(new Bury(GROUP, sequence, 4, failure(4), Followers.RELEASE), park(follower(GROUP, parked.get(2))));
        long revision = store().revision(GROUP);

        assertEquals(1, apply(new Requeue(GROUP, sequence, NOW.plusSeconds(9), null)));

        assertEquals(Expect.ids(parked), ids(waiting(KEY)));
        ParkedEvent row = waiting(KEY).getFirst();
        assertEquals(
                new Progress(State.WAITING, 0, NOW.plusSeconds(9), null, Caution.NONE, false, null), row.progress());
        assertEquals(List.of(failure(1), failure(4)), row.failures(), "its history is kept");
        assertEquals(new Counts(3, 0), store().counts(GROUP));
        assertTrue(store().revision(GROUP) > revision, "the group is to look again");
        assertEquals(0, apply(new Requeue(GROUP, sequence, NOW, null)), "a second time has no effect");
        assertEquals(NOW.plusSeconds(9), waiting(KEY).getFirst().dueAt());
    }

    @Test
    void a_corrected_event_takes_the_place_of_the_one_it_corrects() {
        DomainEvent event = events.order("account");
        DomainEvent corrected = events.order("account");
        apply(park(dead(GROUP, event)), park(follower(GROUP, events.order("account"))));
        long sequence = store().deadLetters(ALL).getFirst().sequence();

        assertEquals(1, apply(new Requeue(GROUP, sequence, NOW, corrected)));

        ParkedEvent row = waiting(KEY).getFirst();
        assertEquals(sequence, row.sequence());
        assertEquals(event.id(), row.id(), "whose delivery is not to be taken again");
        Expect.sameEvent(corrected, row.event());
        assertEquals(0, apply(park(follower(GROUP, event))));
    }

    @Test
    void a_discarded_dead_letter_is_kept_and_holds_nothing_up_also_when_it_is_restored() {
        DomainEvent event = events.order("account");
        DomainEvent follower = events.order("account");
        apply(
                park(row(GROUP, event, given(4, 4, Followers.HOLD), List.of(failure(4)))),
                park(follower(GROUP, follower)));
        long sequence = waiting(KEY).getFirst().sequence();
        long revision = store().revision(GROUP);

        assertEquals(1, apply(new Discard(GROUP, sequence, NOW.plusSeconds(60))));
        assertEquals(0, apply(new Discard(GROUP, sequence, NOW.plusSeconds(61))));

        assertEquals(List.of(follower.id()), ids(waiting(KEY)));
        assertEquals(List.of(), store().deadLetters(ALL));
        assertEquals(new Counts(1, 0), store().counts(GROUP));
        assertEquals(NOW.plusSeconds(60), found(sequence).progress().discardedAt());
        assertEquals(0, apply(new Requeue(GROUP, sequence, NOW, null)), "first it is to be restored");
        assertTrue(store().revision(GROUP) > revision, "the group is to look again");

        assertEquals(1, apply(new Restore(GROUP, sequence)));
        assertEquals(0, apply(new Restore(GROUP, sequence)));

        assertEquals(List.of(event.id()), ids(store().deadLetters(ALL)));
        assertEquals(given(4, 4, Followers.RELEASE), found(sequence).progress());
        assertEquals(List.of(follower.id()), ids(waiting(KEY)));
        assertEquals(new Counts(1, 1), store().counts(GROUP));
    }

    @Test
    void what_cannot_be_read_is_discarded_and_restored_as_what_it_is() {
        apply(park(undecodable("place", new byte[] {1, 2})));
        long sequence = store().deadLetters(ALL).getFirst().sequence();

        apply(new Discard(GROUP, sequence, NOW), new Restore(GROUP, sequence));

        assertSame(
                undecodable("place", new byte[] {1, 2}),
                store().deadLetters(ALL).getFirst());
    }

    @Test
    void what_cannot_be_read_is_kept_whatever_its_content_type_says() {
        ParkedEvent letter = undecodable("somewhere:1", new byte[] {1}, "text/plain; charset=\0");
        DomainEvent event = events.order("account");
        apply(park(letter), park(follower(GROUP, event)));
        long sequence = sequenceOf(event);
        apply(new Quarantine(GROUP, sequence, 1, failure(1), Followers.RELEASE, new byte[] {2}, "\0"));

        ParkedEvent kept = store().deadLetters(ALL).getLast();
        assertArrayEquals(letter.raw(), kept.raw());
        assertTrue(String.valueOf(kept.contentType()).startsWith("text/plain; charset="), kept.contentType());
        assertArrayEquals(new byte[] {2}, found(sequence).raw());
    }

    @Test
    void an_attempt_that_begins_and_a_suspicion_are_written_down() {
        DomainEvent event = events.order("account");
        apply(park(row(GROUP, event, Progress.FOLLOWER, List.of())));
        long sequence = sequenceOf(event);

        assertEquals(1, apply(new Mark(GROUP, sequence, Caution.SUSPECT)));
        assertEquals(Caution.SUSPECT, found(sequence).progress().caution());
        assertEquals(0, found(sequence).attempts());

        assertEquals(1, apply(new Begin(GROUP, sequence, 1)));
        assertEquals(Caution.BEGUN, found(sequence).progress().caution());
        assertEquals(1, found(sequence).attempts());

        assertEquals(1, apply(new Mark(GROUP, sequence, Caution.NONE)));
        assertEquals(Caution.NONE, found(sequence).progress().caution());
        assertEquals(1, found(sequence).attempts());

        apply(new Reschedule(GROUP, sequence, 1, NOW.plusSeconds(5), failure(1), Caution.SUSPECT));
        assertEquals(Caution.SUSPECT, found(sequence).progress().caution());
        assertEquals(NOW.plusSeconds(1), found(sequence).progress().failingSince());
    }

    @Test
    void dead_letters_neither_begin_nor_complete() {
        DomainEvent event = events.order("account");
        apply(park(dead(GROUP, event)));
        long sequence = store().deadLetters(ALL).getFirst().sequence();

        int effective = apply(
                new Complete(GROUP, sequence),
                new Begin(GROUP, sequence, 9),
                new Mark(GROUP, sequence, Caution.SUSPECT),
                new Bury(GROUP, sequence, 9, failure(9), Followers.HOLD),
                new Reschedule(GROUP, sequence, 9, NOW, failure(9), Caution.NONE));

        assertEquals(0, effective);
        assertSame(dead(GROUP, event), found(sequence));
    }

    @Test
    void how_many_changes_had_an_effect_is_said() {
        DomainEvent event = events.order("account");
        assertEquals(1, apply(park(follower(GROUP, event)), park(follower(GROUP, event))));
        assertEquals(1, apply(new Complete(GROUP, sequenceOf(event)), new Complete(GROUP, 1_000_000)));
        assertEquals(0, apply());
    }

    private Set<Partition> begin(String session, Partition... partitions) {
        return store().begin(GROUP, session, Set.of(partitions), store().sessions(GROUP));
    }

    @Test
    void what_a_session_orders_has_no_effect_once_another_has_begun() {
        DomainEvent first = events.order("account");
        DomainEvent second = events.order("account");
        begin("former", ONE, TWO);
        assertEquals(1, apply(inSession("former", ONE, park(follower(GROUP, first)))));
        long sequence = sequenceOf(first);

        assertEquals(Set.of(ONE), begin("latter", ONE));
        assertEquals(
                0,
                apply(
                        inSession("former", ONE, park(follower(GROUP, second))),
                        inSession("former", ONE, new Begin(GROUP, sequence, 1)),
                        inSession("former", ONE, new Complete(GROUP, sequence)),
                        inSession("unknown", ONE, new Complete(GROUP, sequence)),
                        inSession("former", new Partition("Trading", 3), new Complete(GROUP, sequence))));
        assertEquals(List.of(first.id()), ids(waiting(KEY)), "nothing has changed");
        assertEquals(Caution.NONE, waiting(KEY).getFirst().progress().caution());

        assertEquals(1, apply(inSession("former", TWO, park(follower(GROUP, second)))), "still its own");
        assertEquals(1, apply(inSession("latter", ONE, new Complete(GROUP, sequence))));
        store().end(GROUP, "former", Set.of(ONE, TWO));
        assertEquals(0, apply(inSession("former", TWO, new Complete(GROUP, sequenceOf(second)))), "it has ended");
        assertEquals(List.of(second.id()), ids(waiting(KEY)));
    }

    private static ParkingChange inSession(String session, Partition partition, ParkingChange change) {
        return new ParkingChange.InSession(session, partition, change);
    }

    @Test
    void a_session_begins_only_where_no_other_has_begun_since_it_looked() {
        Map<Partition, String> seen = store().sessions(GROUP);
        assertEquals(Map.of(), seen);
        assertEquals(Set.of(TWO), store().begin(GROUP, "quick", Set.of(TWO), seen));

        assertEquals(Set.of(ONE), store().begin(GROUP, "slow", Set.of(ONE, TWO), seen));
        assertEquals(Map.of(ONE, "slow", TWO, "quick"), store().sessions(GROUP));
        assertEquals(Set.of(ONE), store().begin(GROUP, "slow", Set.of(ONE, TWO), seen), "the same again");
        assertEquals(Set.of(ONE, TWO), store().begin(GROUP, "slow", Set.of(ONE, TWO), store().sessions(GROUP)));
        assertEquals(Map.of(), store().sessions("other"), "of another group");
    }

    @Test
    void who_began_to_work_and_has_not_ended_is_known_after_a_restart() throws Exception {
        begin("first", ONE, TWO);
        store().end(GROUP, "first", Set.of(ONE));
        assertEquals(Map.of(TWO, "first"), store().sessions(GROUP));
        begin("second", ONE, TWO);

        store().end(GROUP, "first", Set.of(ONE, TWO)); // comes too late
        restart();

        assertEquals(survivesRestart() ? Map.of(ONE, "second", TWO, "second") : Map.of(), store().sessions(GROUP));
        store().end(GROUP, "second", Set.of(ONE, TWO));
        assertEquals(Map.of(), store().sessions(GROUP));
    }
}
