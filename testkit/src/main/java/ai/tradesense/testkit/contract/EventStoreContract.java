package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Payload;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionOrder.Given;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.store.ProjectionReport.State;
import ai.tradesense.store.ProjectionReports;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.transport.Published;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What an [EventStore] must do. Extend it, say how yours is opened and whether it survives a restart, and
/// run it.
///
/// This class holds what appending means; those that it extends hold the queries and the streams.
public abstract class EventStoreContract extends EventStoreQueries {
    private static final EventQuery ALL = EventQuery.ALL;

    private List<StoredEvent> everything() {
        return store().read(0, ALL, 1_000).events();
    }

    @Test
    void every_event_is_read_as_it_was_appended() {
        List<DomainEvent> samples = new SampleEvents(events).all();
        store().append(samples);

        List<StoredEvent> found = everything();

        Expect.sameEvents(samples, found.stream().map(StoredEvent::event).toList());
    }

    @Test
    void an_append_says_of_each_event_in_order_that_it_is_new() {
        List<DomainEvent> appended = events.orders(5, "account");

        List<Published> outcome = store().append(appended);

        assertEquals(
                appended.stream().map(each -> new Published(each.id(), false)).toList(), outcome);
        assertEquals(5, store().count());
    }

    @Test
    void an_event_appended_again_is_a_duplicate_and_is_not_stored_again() {
        List<DomainEvent> first = events.orders(3, "account");
        store().append(first);
        DomainEvent fresh = events.order("account");

        List<Published> outcome = store().append(List.of(first.get(1), fresh, first.get(0)));

        assertEquals(
                List.of(
                        new Published(first.get(1).id(), true),
                        new Published(fresh.id(), false),
                        new Published(first.get(0).id(), true)),
                outcome);
        assertEquals(4, store().count());
        assertEquals(4, everything().size());
    }

    @Test
    void an_event_that_is_twice_in_one_batch_is_stored_once() {
        DomainEvent twice = events.order("account");

        List<Published> outcome = store().append(List.of(twice, twice));

        assertEquals(List.of(new Published(twice.id(), false), new Published(twice.id(), true)), outcome);
        assertEquals(1, store().count());
    }

    @Test
    void the_same_id_from_another_source_is_another_event_and_the_first_one_is_found() {
        DomainEvent first = events.event(EventFactory.ORDER_PLACED, "account")
                .id("same")
                .source(URI.create("/one"))
                .build();
        DomainEvent second = events.event(EventFactory.ORDER_PLACED, "account")
                .id("same")
                .source(URI.create("/two"))
                .build();

        store().append(List.of(first, second));

        assertEquals(2, store().count());
        Expect.sameEvent(first, store().find("same").map(StoredEvent::event).orElse(null));
    }

    @Test
    void a_batch_is_stored_as_a_whole_or_not_at_all() {
        DomainEvent unwritable = events.event(EventFactory.ORDER_PLACED, "account")
                .data(Payload.value(new Unwritable()))
                .build();
        List<DomainEvent> batch = List.of(events.order("account"), unwritable, events.order("account"));

        boolean refused = false;
        try {
            store().append(batch);
        } catch (RuntimeException failure) {
            refused = true;
        }

        assertEquals(refused ? 0 : 3, store().count());
        assertEquals(refused ? 0 : 3, everything().size());
        DomainEvent next = events.order("account");
        store().append(List.of(next));
        assertTrue(store().find(next.id()).isPresent(), "the store goes on");
    }

    @Test
    void an_empty_batch_stores_nothing() {
        store().append(List.of(events.order("account")));
        long head = store().head();

        assertEquals(List.of(), store().append(List.of()));

        assertEquals(head, store().head());
        assertEquals(1, store().count());
    }

    @Test
    void positions_ascend_from_1_in_the_order_of_appending_and_the_last_is_the_head() {
        assertEquals(0, store().head());
        List<DomainEvent> appended = events.orders(10, "account");
        store().append(appended.subList(0, 4));
        store().append(appended.subList(4, 10));

        List<StoredEvent> found = everything();

        Expect.sameEvents(appended, found.stream().map(StoredEvent::event).toList());
        assertEquals(1, found.getFirst().position());
        assertEquals(store().head(), found.getLast().position());
        assertAscending(found);
    }

    private static void assertAscending(List<StoredEvent> found) {
        for (int i = 1; i < found.size(); i++) {
            assertTrue(
                    found.get(i - 1).position() < found.get(i).position(),
                    found.get(i - 1) + " stands before " + found.get(i));
        }
    }

    @Test
    void a_reader_that_follows_several_appending_threads_misses_nothing_and_sees_nothing_twice() {
        int threads = 4;
        int perThread = 100;
        int total = threads * perThread;
        List<CompletableFuture<Void>> appenders = IntStream.range(0, threads)
                .mapToObj(thread -> events.orders(perThread, "account-" + thread))
                .map(share -> CompletableFuture.runAsync(() -> {
                    for (int from = 0; from < perThread; from += 5) {
                        store().append(share.subList(from, from + 5));
                    }
                }))
                .toList();

        List<StoredEvent> seen = new ArrayList<>();
        Expect.soon("all events", patience(), () -> {
            seen.addAll(store().read(seen.isEmpty() ? 0 : seen.getLast().position(), ALL, 17)
                    .events());
            return seen.size() >= total;
        });
        appenders.forEach(CompletableFuture::join);

        assertAscending(seen);
        assertEquals(List.of(), store().read(seen.getLast().position(), ALL, 17).events());
        List<String> ids = seen.stream().map(stored -> stored.event().id()).toList();
        assertEquals(total, new HashSet<>(ids).size(), "events seen");
        assertEquals(total, store().count());
        assertEquals(store().head(), seen.getLast().position());
        for (int thread = 0; thread < threads; thread++) {
            assertInOrder("account-" + thread, seen);
        }
    }

    private static void assertInOrder(String subject, List<StoredEvent> seen) {
        List<Integer> numbers = seen.stream()
                .map(StoredEvent::event)
                .filter(event -> event.subject().equals(subject))
                .map(event -> Integer.valueOf(event.id().substring("event-".length())))
                .toList();
        List<Integer> sorted = new ArrayList<>(numbers);
        Collections.sort(sorted);
        assertEquals(sorted, numbers, subject);
    }

    @Test
    void who_asked_is_signalled_after_an_append_until_he_asks_no_more() throws Exception {
        AtomicInteger signals = new AtomicInteger();
        AtomicInteger others = new AtomicInteger();
        AutoCloseable asked = store().onAppend(signals::incrementAndGet);
        store().onAppend(others::incrementAndGet);
        store().append(List.of(events.order("account")));
        Expect.soon("a signal", patience(), () -> signals.get() > 0 && others.get() > 0);

        asked.close();
        int before = signals.get();
        int othersBefore = others.get();
        store().append(List.of(events.order("account")));

        Expect.soon("a signal for who still asks", patience(), () -> others.get() > othersBefore);
        assertEquals(before, signals.get());
    }

    @Test
    void what_was_signalled_can_be_read() throws Exception {
        AtomicInteger readable = new AtomicInteger();
        try (AutoCloseable asked = store().onAppend(
                        () -> readable.set(store().read(0, ALL, 10).events().size()))) {
            assertFalse(asked.toString().isEmpty());
            store().append(events.orders(3, "account"));
            Expect.soon("three events to be readable", patience(), () -> readable.get() == 3);
        }
    }

    @Test
    void a_restart_keeps_everything_if_the_store_survives_it_and_begins_empty_if_not() throws Exception {
        List<DomainEvent> samples = new SampleEvents(events).all();
        store().append(samples);
        List<StoredEvent> before = everything();
        assertEquals(samples.size(), before.size());

        restart();

        if (survivesRestart()) {
            List<StoredEvent> after = everything();
            Expect.sameEvents(samples, after.stream().map(StoredEvent::event).toList());
            assertEquals(
                    before.stream().map(StoredEvent::position).toList(),
                    after.stream().map(StoredEvent::position).toList());
            assertEquals(
                    before.stream().map(StoredEvent::recordedAt).toList(),
                    after.stream().map(StoredEvent::recordedAt).toList());
            assertEquals(samples.size(), store().count());
            assertTrue(store().append(samples).stream().allMatch(Published::duplicate), "duplicates after a restart");
        } else {
            assertEquals(0, store().count());
            assertEquals(0, store().head());
            assertTrue(store().append(samples).stream().noneMatch(Published::duplicate), "no duplicates");
        }
        store().append(List.of(events.order("account")));
        assertEquals(samples.size() + 1, everything().size());
        assertEquals(store().head(), everything().getLast().position());
    }

    @Test
    void what_processes_say_of_projections_is_kept_until_they_say_something_else_or_nothing_for_long()
            throws Exception {
        Instant at = EventFactory.FIRST;
        ProjectionReport live = new ProjectionReport("balances", "one", 1, 7, null, null, at);
        ProjectionReport stopped = new ProjectionReport("balances", "two", 1, 7, "no \0 disk", null, at);
        ProjectionReport other = new ProjectionReport(
                "totals", "one", 1, 9, null, new ProjectionReport.Rebuild(2, 3, 9, 500, "stuck"), at.plusSeconds(5));
        store().projections().report(stopped, Instant.EPOCH);
        store().projections().report(live, Instant.EPOCH);
        store().projections().report(other, Instant.EPOCH);
        List<ProjectionReport> all = store().projections().all();
        assertEquals(List.of(live, other), List.of(all.get(0), all.get(2)));
        assertEquals(
                List.of(State.LIVE, State.STOPPED, State.STOPPED),
                all.stream().map(ProjectionReport::state).toList());
        assertEquals("stuck", all.get(2).reason());

        restart();
        assertEquals(survivesRestart() ? all : List.of(), store().projections().all());
        store().projections().report(other, at.plusSeconds(1));
        assertEquals(List.of(other), store().projections().all());
        ProjectionReport later =
                new ProjectionReport("totals", "one", 2, 12, null, new ProjectionReport.Rebuild(3, 1, 12, 5, null), at);
        store().projections().report(later, Instant.EPOCH);
        assertEquals(List.of(later), store().projections().all());
        assertEquals(State.REBUILDING, later.state());
        store().projections().forget("totals", "two");
        assertEquals(List.of(later), store().projections().all());
        store().projections().forget("totals", "one");
        assertEquals(List.of(), store().projections().all());
    }

    @Test
    void an_order_to_a_projection_is_taken_by_one_process_and_what_became_of_it_is_kept() throws Exception {
        ProjectionReports reports = store().projections();
        Instant at = EventFactory.FIRST;
        ProjectionOrder passOver = new ProjectionOrder.PassOver(7, "a test:\norder \u00fc");
        Given first = reports.order("balances", passOver, "alice", at);
        Given second = reports.order("balances", new ProjectionOrder.Rebuild(500), "bob", at.plusNanos(1));
        reports.order("totals", new ProjectionOrder.CancelRebuild(), "bob", at);
        assertTrue(second.number() > first.number());
        assertEquals(List.of(second, first), reports.orders("balances"));
        assertEquals(Optional.empty(), reports.take("others", "one"));

        Given taken = reports.take("balances", "one").orElseThrow();
        assertEquals(
                new Given(first.number(), "balances", passOver, "alice", at, ProjectionOrder.State.TAKEN, "one", ""),
                taken);
        assertEquals(
                second.number(), reports.take("balances", "two").orElseThrow().number());
        assertEquals(Optional.empty(), reports.take("balances", "three"));
        reports.answer(taken.number(), ProjectionOrder.State.REFUSED, "position 7 can be decoded");

        restart();
        List<Given> kept = store().projections().orders("balances");
        assertEquals(survivesRestart() ? 2 : 0, kept.size());
        if (survivesRestart()) {
            assertEquals(ProjectionOrder.State.REFUSED, kept.getLast().state());
            assertEquals("position 7 can be decoded", kept.getLast().outcome());
            assertEquals("one", kept.getLast().takenBy());
            assertEquals(ProjectionOrder.State.TAKEN, kept.getFirst().state());
        }
    }

    @Test
    void of_many_orders_to_a_projection_the_newest_are_kept() {
        ProjectionReports reports = store().projections();
        for (int rate = 1; rate <= ProjectionReports.MAX_ORDERS + 2; rate++) {
            reports.order("balances", new ProjectionOrder.Rebuild(rate), "alice", EventFactory.FIRST);
        }

        List<Given> kept = reports.orders("balances");

        assertEquals(ProjectionReports.MAX_ORDERS, kept.size());
        assertEquals(new ProjectionOrder.Rebuild(3), kept.getLast().order());
    }

    /// Nothing that has a JSON form.
    static final class Unwritable {
        public Unwritable getSelf() {
            return this;
        }
    }
}
