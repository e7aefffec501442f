package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.Payload;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange.Bury;
import ai.tradesense.parking.ParkingChange.Complete;
import ai.tradesense.parking.ParkingChange.Quarantine;
import ai.tradesense.parking.ParkingChange.Reschedule;
import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.ParkingStore.EventIdentity;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.testkit.contract.EventStoreContract.Unwritable;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What a [ai.tradesense.parking.ParkingStore] must do. Extend it, say how yours is opened and whether it
/// survives a restart, and run it.
public abstract class ParkingStoreContract extends ParkingStoreOperations {
    @Test
    void a_parked_event_comes_back_as_it_was() {
        for (DomainEvent event : new SampleEvents(events).all()) {
            ParkedEvent parked = head(GROUP, event, NOW.plusNanos(5_000_000_001L));
            apply(park(parked));
            ParkedEvent row = waiting(event.orderKey()).getLast();
            assertSame(parked, row);
            assertSame(parked, found(row.sequence()));
        }
    }

    @Test
    void what_cannot_be_read_comes_back_as_its_bytes() {
        byte[] raw = {0, 1, (byte) 0xff, (byte) 0xfe, 0, 'x'};
        ParkedEvent parked = undecodable("somewhere:17", raw);
        apply(park(parked), park(undecodable("somewhere:18", new byte[0])));

        List<ParkedEvent> rows = store().deadLetters(ALL);

        assertEquals(2, rows.size());
        assertSame(parked, rows.getLast());
        assertSame(parked, found(rows.getLast().sequence()));
        assertEquals(new Counts(0, 2), store().counts(GROUP));
        assertEquals(List.of(), store().waiting(GROUP));
    }

    @Test
    void an_event_that_fits_no_record_is_kept_with_its_bytes_and_its_attributes() {
        DomainEvent event = events.order("account");
        ParkedEvent plain =
                row(GROUP, event, Progress.given(State.QUARANTINED, 1, NOW, Followers.RELEASE), List.of(failure(1)));
        ParkedEvent parked = new ParkedEvent(
                0,
                plain.group(),
                plain.worker(),
                plain.key(),
                plain.source(),
                plain.id(),
                event,
                new byte[] {'{', '}'},
                "application/cloudevents+json",
                plain.progress(),
                NOW,
                plain.failures());
        apply(park(parked));

        assertSame(parked, store().deadLetters(ALL).getFirst());
    }

    @Test
    void an_event_that_turns_out_to_be_unreadable_while_it_waits_is_kept_with_its_bytes_in_its_place() {
        byte[] raw = {'{', 0, (byte) 0xff, '}'};
        List<DomainEvent> parked = events.orders(2, "account");
        apply(park(head(GROUP, parked.get(0), NOW)), park(follower(GROUP, parked.get(1))));
        long sequence = sequenceOf(parked.get(0));

        apply(new Quarantine(GROUP, sequence, 2, failure(2), Followers.HOLD, raw, "application/json"));

        ParkedEvent row = found(sequence);
        assertEquals(State.QUARANTINED, row.state());
        assertEquals(2, row.attempts());
        assertArrayEquals(raw, row.raw());
        assertEquals("application/json", row.contentType());
        assertEquals(failure(2), row.newestFailure());
        Expect.sameEvent(parked.get(0), row.event());
        assertEquals(Expect.ids(parked), ids(waiting(KEY)));
        assertEquals(new Counts(1, 1), store().counts(GROUP));
        assertEquals(
                0, store().apply(List.of(new Quarantine(GROUP, sequence, 3, failure(3), Followers.HOLD, null, null))));
        assertArrayEquals(raw, found(sequence).raw());
    }

    @Test
    void the_events_of_a_subject_keep_the_order_of_parking() {
        List<DomainEvent> parked = events.orders(10, "account");
        List<DomainEvent> others = events.orders(10, "other");
        for (int number = 0; number < 10; number++) {
            apply(park(follower(GROUP, parked.get(number))), park(follower(GROUP, others.get(number))));
        }

        assertEquals(Expect.ids(parked), ids(waiting(KEY)));
        assertEquals(Expect.ids(others), ids(waiting(new OrderKey("Trading", "other"))));
        assertEquals(Expect.ids(parked.subList(0, 3)), ids(store().head(GROUP, KEY, 3)));
        List<Long> sequences = waiting(KEY).stream().map(ParkedEvent::sequence).toList();
        assertEquals(sequences.stream().sorted().toList(), sequences);
        assertEquals(10, new HashSet<>(sequences).size());
        assertTrue(sequences.getFirst() > 0, "sequences begin above 0");
    }

    @Test
    void the_first_of_several_queues_are_read_together() {
        OrderKey other = new OrderKey("Trading", "other");
        OrderKey unknown = new OrderKey("Trading", "unknown");
        List<DomainEvent> parked = events.orders(5, "account");
        DomainEvent alone = events.orders(1, "other").getFirst();
        parked.forEach(event -> apply(park(follower(GROUP, event))));
        apply(
                park(follower(GROUP, alone)),
                park(follower("another", events.orders(1, "unknown").getFirst())));

        Map<OrderKey, List<ParkedEvent>> heads = store().heads(GROUP, List.of(KEY, unknown, other), 3);

        assertEquals(Set.of(KEY, other), heads.keySet());
        assertEquals(Expect.ids(parked.subList(0, 3)), ids(heads.getOrDefault(KEY, List.of())));
        assertEquals(List.of(alone.id()), ids(heads.getOrDefault(other, List.of())));
    }

    @Test
    void the_same_subject_of_another_domain_is_another_queue() {
        DomainEvent order = events.order("account");
        DomainEvent breach = events.breach("account");
        apply(park(follower(GROUP, order)), park(follower(GROUP, breach)));

        assertEquals(List.of(order.id()), ids(waiting(KEY)));
        assertEquals(List.of(breach.id()), ids(waiting(new OrderKey("Risk", "account"))));
    }

    @Test
    void parking_an_event_again_has_no_effect_whatever_became_of_it() {
        DomainEvent waits = events.order("account");
        DomainEvent isDead = events.order("account");
        ParkedEvent first = head(GROUP, waits, NOW);
        apply(park(first), park(dead(GROUP, isDead)), park(undecodable("place", new byte[] {1})));

        apply(
                park(follower(GROUP, waits)),
                park(dead(GROUP, waits)),
                park(follower(GROUP, isDead)),
                park(undecodable("place", new byte[] {2})));

        assertEquals(1, waiting(KEY).size());
        assertSame(first, waiting(KEY).getFirst());
        assertEquals(new Counts(1, 2), store().counts(GROUP));
    }

    @Test
    void an_event_of_one_group_is_not_that_of_another() {
        DomainEvent event = events.order("account");
        apply(park(follower(GROUP, event)), park(head("other", event, NOW)));
        long own = waiting(KEY).getFirst().sequence();
        long others = store().head("other", KEY, 10).getFirst().sequence();

        // Changes that name the wrong group do not concern anybody.
        apply(
                new Complete("other", own),
                new Bury(GROUP, others, 2, failure(2), Followers.RELEASE),
                new Reschedule(GROUP, others, 2, NOW.plusSeconds(9), failure(2), Caution.NONE));
        assertEquals(new Counts(1, 0), store().counts(GROUP));
        assertSame(head("other", event, NOW), store().head("other", KEY, 10).getFirst());

        apply(new Complete(GROUP, own));
        assertEquals(new Counts(0, 0), store().counts(GROUP));
        assertEquals(new Counts(1, 0), store().counts("other"));
        assertEquals(List.of(new WaitingSubject(KEY, 1, NOW, false)), store().waiting("other"));
        assertEquals(List.of(), store().waiting("nobody"));
        assertEquals(new Counts(0, 0), store().counts("nobody"));
    }

    @Test
    void a_completed_event_is_gone_and_may_be_parked_again() {
        List<DomainEvent> parked = events.orders(3, "account");
        parked.forEach(event -> apply(park(follower(GROUP, event))));
        long completed = sequenceOf(parked.get(0));

        apply(new Complete(GROUP, completed));

        assertEquals(Expect.ids(parked.subList(1, 3)), ids(waiting(KEY)));
        assertTrue(store().find(completed).isEmpty());
        assertEquals(0, apply(new Complete(GROUP, completed)));
        apply(park(follower(GROUP, parked.get(0))));
        assertEquals(
                List.of(parked.get(1).id(), parked.get(2).id(), parked.get(0).id()), ids(waiting(KEY)));
    }

    @Test
    void a_rescheduled_event_stays_the_head_and_remembers_the_failure() {
        DomainEvent first = events.order("account");
        DomainEvent second = events.order("account");
        apply(park(head(GROUP, first, NOW)), park(follower(GROUP, second)));
        Instant dueAt = NOW.plusSeconds(10).plusNanos(1);

        apply(new Reschedule(GROUP, sequenceOf(first), 2, dueAt, failure(2), Caution.NONE));

        assertEquals(List.of(first.id(), second.id()), ids(waiting(KEY)));
        assertSame(
                row(GROUP, first, failing(2, dueAt), List.of(failure(1), failure(2))),
                waiting(KEY).getFirst());
        assertEquals(List.of(new WaitingSubject(KEY, 2, dueAt, false)), store().waiting(GROUP));
    }

    @Test
    void a_buried_event_is_a_dead_letter_and_waits_no_longer() {
        DomainEvent first = events.order("account");
        DomainEvent second = events.order("account");
        apply(park(head(GROUP, first, NOW)), park(follower(GROUP, second)));
        long sequence = sequenceOf(first);

        apply(new Bury(GROUP, sequence, 4, failure(4), Followers.RELEASE));

        assertEquals(List.of(second.id()), ids(waiting(KEY)));
        ParkedEvent expected = row(GROUP, first, given(1, 4, Followers.RELEASE), List.of(failure(1), failure(4)));
        assertSame(expected, found(sequence));
        assertSame(expected, store().deadLetters(ALL).getFirst());
        assertEquals(new Counts(1, 1), store().counts(GROUP));
        assertEquals(List.of(new WaitingSubject(KEY, 1, null, false)), store().waiting(GROUP));
    }

    @Test
    void the_newest_failures_are_kept() {
        DomainEvent event = events.order("account");
        apply(park(head(GROUP, event, NOW)));
        long sequence = sequenceOf(event);
        int last = ParkedEvent.MAX_FAILURES + 5;
        for (int attempt = 2; attempt <= last; attempt++) {
            apply(new Reschedule(GROUP, sequence, attempt, NOW.plusSeconds(attempt), failure(attempt), Caution.NONE));
        }

        List<Failure> expected = IntStream.rangeClosed(last - ParkedEvent.MAX_FAILURES + 1, last)
                .mapToObj(ParkingStoreSuite::failure)
                .toList();
        assertEquals(expected, found(sequence).failures());
        assertEquals(last, found(sequence).attempts());
    }

    @Test
    void long_stack_traces_and_messages_are_kept() {
        Failure large =
                new Failure(1, NOW, "a.b.C$D", "m".repeat(10_000), "\tat x\n".repeat(Failure.MAX_STACK_TRACE / 6), "c");
        Failure empty = new Failure(2, NOW, "E", "", "", "");
        DomainEvent event = events.order("account");
        ParkedEvent parked = row(GROUP, event, failing(2, NOW), List.of(large, empty));
        apply(park(parked));

        assertSame(parked, waiting(KEY).getFirst());
    }

    @Test
    void every_waiting_subject_is_named_with_its_count_and_when_its_head_is_due() {
        List<DomainEvent> own = events.orders(3, "account");
        DomainEvent breach = events.breach("account");
        apply(park(head(GROUP, own.get(0), NOW.plusSeconds(5))), park(follower(GROUP, own.get(1))));
        apply(park(follower(GROUP, own.get(2))), park(follower(GROUP, breach)));
        apply(park(dead(GROUP, events.order("dead"))));

        assertEquals(
                Set.of(
                        new WaitingSubject(KEY, 3, NOW.plusSeconds(5), false),
                        new WaitingSubject(new OrderKey("Risk", "account"), 1, null, false)),
                Set.copyOf(store().waiting(GROUP)));
        assertEquals(new Counts(4, 1), store().counts(GROUP));
    }

    @Test
    void what_was_parked_last_is_remembered_in_any_state() {
        List<DomainEvent> parked = events.orders(6, "account");
        apply(park(head(GROUP, parked.get(0), NOW)), park(follower(GROUP, parked.get(1))));
        apply(park(dead(GROUP, parked.get(2))), park(follower("other", parked.get(3))));
        apply(park(follower(GROUP, parked.get(4))), park(follower(GROUP, parked.get(5))));
        apply(new Bury(GROUP, sequenceOf(parked.get(1)), 1, failure(1), Followers.RELEASE));

        assertEquals(identities(List.of(0, 1, 2, 4, 5), parked), Set.copyOf(store().recent(GROUP, 100)));
        assertEquals(identities(List.of(2, 4, 5), parked), Set.copyOf(store().recent(GROUP, 3)));
        assertEquals(List.of(), store().recent("nobody", 3));
    }

    private static Set<EventIdentity> identities(List<Integer> which, List<DomainEvent> parked) {
        Set<EventIdentity> identities = new HashSet<>();
        which.forEach(each -> identities.add(new EventIdentity(
                parked.get(each).source().toString(), parked.get(each).id())));
        return identities;
    }

    @Test
    void dead_letters_are_found_by_worker_type_and_subject_newest_first_page_by_page() {
        List<DomainEvent> all = new ArrayList<>();
        for (int number = 0; number < 12; number++) {
            DomainEvent event =
                    number % 3 == 0 ? events.breach("account-" + number % 2) : events.order("account-" + number % 2);
            all.add(event);
            apply(park(dead(number % 4 == 0 ? "other" : GROUP, event)));
        }
        apply(park(follower(GROUP, events.order("account-0"))), park(undecodable("place", new byte[] {1})));

        assertDeadLetters(all, List.of(11, 10, 9, 7, 6, 5, 3, 2, 1), query("group-worker", null, null, null, 100), 1);
        assertDeadLetters(all, List.of(8, 4, 0), query("other-worker", null, null, null, 100), 0);
        assertDeadLetters(all, List.of(9, 6, 3, 0), query(null, "Risk.Limit.Breached.v1", null, null, 100), 0);
        assertDeadLetters(all, List.of(11, 9, 7, 5, 3, 1), query(null, null, "account-1", null, 100), 0);
        assertDeadLetters(
                all, List.of(9, 3), query("group-worker", "Risk.Limit.Breached.v1", "account-1", null, 100), 0);
        assertEquals(List.of(), store().deadLetters(query("nobody", null, null, null, 100)));

        List<String> paged = new ArrayList<>();
        List<ParkedEvent> page = store().deadLetters(query(null, null, null, null, 5));
        while (!page.isEmpty()) {
            paged.addAll(ids(page));
            page = store().deadLetters(query(null, null, null, page.getLast().sequence(), 5));
        }
        assertEquals(ids(store().deadLetters(ALL)), paged);
        assertEquals(13, paged.size());
    }

    private void assertDeadLetters(
            List<DomainEvent> all, List<Integer> expected, DeadLetterQuery query, int undecodable) {
        List<String> found = ids(store().deadLetters(query));
        assertEquals(
                expected.stream().map(each -> all.get(each).id()).toList(),
                found.subList(undecodable, found.size()),
                query.toString());
    }

    @Test
    void changes_are_made_in_order() {
        DomainEvent event = events.order("account");
        apply(park(head(GROUP, event, NOW)));
        long sequence = sequenceOf(event);

        apply(
                new Reschedule(GROUP, sequence, 2, NOW.plusSeconds(1), failure(2), Caution.NONE),
                new Complete(GROUP, sequence),
                park(follower(GROUP, event)));

        assertSame(follower(GROUP, event), waiting(KEY).getFirst());
        assertTrue(waiting(KEY).getFirst().sequence() > sequence, "a sequence is not used twice");
    }

    @Test
    void changes_are_made_all_or_none() {
        DomainEvent before = events.order("account");
        apply(park(follower(GROUP, before)));
        DomainEvent unwritable = events.event(EventFactory.ORDER_PLACED, "account")
                .data(Payload.value(new Unwritable()))
                .build();

        boolean refused = false;
        try {
            apply(
                    new Complete(GROUP, sequenceOf(before)),
                    park(follower(GROUP, events.order("account"))),
                    park(follower(GROUP, unwritable)));
        } catch (RuntimeException failure) {
            refused = true;
        }

        List<String> found = ids(waiting(KEY));
        assertEquals(refused, found.equals(List.of(before.id())), () -> "found " + found);
        assertEquals(refused ? 1 : 2, found.size());
        DomainEvent next = events.order("account");
        apply(park(follower(GROUP, next)));
        assertEquals(next.id(), ids(waiting(KEY)).getLast(), "the store goes on");
    }

    @Test
    void no_changes_change_nothing() {
        apply(park(follower(GROUP, events.order("account"))));

        apply();

        assertEquals(new Counts(1, 0), store().counts(GROUP));
    }

    @Test
    void several_threads_may_park_at_once_and_each_keeps_its_order() {
        List<List<DomainEvent>> shares = IntStream.range(0, 4)
                .mapToObj(thread -> events.orders(40, "account-" + thread))
                .toList();
        List<CompletableFuture<Void>> parkers = shares.stream()
                .map(share ->
                        CompletableFuture.runAsync(() -> share.forEach(event -> apply(park(follower(GROUP, event))))))
                .toList();
        parkers.forEach(CompletableFuture::join);

        for (List<DomainEvent> share : shares) {
            assertEquals(Expect.ids(share), ids(waiting(share.getFirst().orderKey())));
        }
        assertEquals(new Counts(160, 0), store().counts(GROUP));
    }

    @Test
    void a_restart_keeps_everything_if_the_store_survives_it_and_begins_empty_if_not() throws Exception {
        List<DomainEvent> parked = events.orders(3, "account");
        ParkedEvent head = head(GROUP, parked.get(0), NOW.plusSeconds(5));
        ParkedEvent bytes = undecodable("place", new byte[] {1, 2, 3});
        apply(park(head), park(follower(GROUP, parked.get(1))), park(dead(GROUP, parked.get(2))), park(bytes));
        assertEquals(new Counts(2, 2), store().counts(GROUP));
        long last = store().deadLetters(ALL).getFirst().sequence();

        restart();

        if (survivesRestart()) {
            assertEquals(new Counts(2, 2), store().counts(GROUP));
            assertEquals(Expect.ids(parked.subList(0, 2)), ids(waiting(KEY)));
            assertSame(head, waiting(KEY).getFirst());
            assertSame(bytes, found(last));
            assertEquals(4, store().recent(GROUP, 10).size());
            apply(park(follower(GROUP, parked.get(2))));
            assertEquals(new Counts(2, 2), store().counts(GROUP), "parked again after a restart");
        } else {
            assertEquals(new Counts(0, 0), store().counts(GROUP));
            assertEquals(List.of(), store().waiting(GROUP));
        }
        DomainEvent next = events.order("account");
        apply(park(follower(GROUP, next)));
        assertEquals(next.id(), ids(waiting(KEY)).getLast());
        assertTrue(!survivesRestart() || sequenceOf(next) > last, "a sequence is not used twice");
    }
}
