package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.ExpectedVersion;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.StreamSlice.StreamEvent;
import ai.tradesense.store.WrongExpectedVersionException;
import ai.tradesense.transport.Published;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/// What streams are: their versions, what an append may expect of them, and how they are read.
abstract class EventStoreStreams extends EventStoreSuite {
    private static final OrderKey STREAM = new OrderKey("Trading", "account");
    private static final OrderKey OTHER = new OrderKey("Trading", "other");

    private List<Published> append(OrderKey stream, ExpectedVersion expected, List<DomainEvent> batch) {
        return store().appendStreams(List.of(new StreamAppend(stream, expected, batch)));
    }

    private StreamSlice read(OrderKey stream) {
        return store().readStream(StreamQuery.forwards(stream, 1));
    }

    private static List<DomainEvent> events(StreamSlice slice) {
        return slice.events().stream().map(each -> each.stored().event()).toList();
    }

    private static List<Published> outcome(List<DomainEvent> batch, boolean duplicate) {
        return batch.stream().map(each -> new Published(each.id(), duplicate)).toList();
    }

    private void assertConflict(OrderKey stream, ExpectedVersion expected, long actual, List<StreamAppend> appends) {
        long count = store().count();
        WrongExpectedVersionException conflict =
                assertThrows(WrongExpectedVersionException.class, () -> store().appendStreams(appends));
        assertEquals(stream, conflict.stream());
        assertEquals(expected, conflict.expected());
        assertEquals(actual, conflict.actual());
        assertEquals(count, store().count(), "events after a conflict");
    }

    @Test
    void a_stream_is_begun_with_none_and_goes_on_at_its_exact_version() {
        assertEquals(new StreamSlice(STREAM, 0, List.of()), read(STREAM));
        List<DomainEvent> first = events.orders(2, "account");
        List<DomainEvent> more = events.orders(3, "account");

        assertEquals(outcome(first, false), append(STREAM, ExpectedVersion.none(), first));
        assertEquals(outcome(more, false), append(STREAM, ExpectedVersion.exactly(2), more));

        List<DomainEvent> all = new ArrayList<>(first);
        all.addAll(more);
        StreamSlice slice = read(STREAM);
        assertEquals(5, slice.version());
        Expect.sameEvents(all, events(slice));
        assertEquals(
                List.of(1L, 2L, 3L, 4L, 5L),
                slice.events().stream().map(StreamEvent::version).toList());
        for (StreamEvent each : slice.events()) {
            StoredEvent found = store().find(each.stored().event().id()).orElseThrow();
            assertEquals(found.position(), each.stored().position());
            assertEquals(found.recordedAt(), each.stored().recordedAt());
        }
    }

    @Test
    void another_version_is_a_conflict_that_says_what_was_expected_and_what_there_is() {
        append(STREAM, ExpectedVersion.none(), events.orders(2, "account"));

        for (ExpectedVersion expected : List.of(
                ExpectedVersion.none(),
                ExpectedVersion.exactly(0),
                ExpectedVersion.exactly(1),
                ExpectedVersion.exactly(3))) {
            List<DomainEvent> batch = events.orders(2, "account");
            assertConflict(STREAM, expected, 2, List.of(new StreamAppend(STREAM, expected, batch)));
        }

        List<DomainEvent> next = events.orders(1, "account");
        assertEquals(outcome(next, false), append(STREAM, ExpectedVersion.exactly(2), next));
        assertEquals(3, read(STREAM).version());
    }

    @Test
    void an_append_that_expects_nothing_extends_the_stream_however_it_is_made() {
        store().append(events.orders(2, "account"));
        append(STREAM, ExpectedVersion.any(), events.orders(1, "account"));
        store().append(List.of(events.order("other"), events.order("account"), events.breach("account")));

        assertEquals(4, read(STREAM).version());
        append(STREAM, ExpectedVersion.exactly(4), events.orders(1, "account"));
        assertEquals(5, read(STREAM).version());
    }

    @Test
    void subject_and_domain_together_name_a_stream() {
        DomainEvent order = events.order("account");
        DomainEvent breach = events.breach("account");
        DomainEvent begins = events.order("account/1");
        store().append(List.of(order, breach, begins));

        Expect.sameEvents(List.of(order), events(read(STREAM)));
        Expect.sameEvents(List.of(breach), events(read(new OrderKey("Risk", "account"))));
        Expect.sameEvents(List.of(begins), events(read(new OrderKey("Trading", "account/1"))));
        assertEquals(0, read(new OrderKey("Trad", "account")).version());
        assertEquals(0, read(new OrderKey("Trading/account", "1")).version());
        assertThrows(
                IllegalArgumentException.class,
                () -> new StreamAppend(OTHER, ExpectedVersion.any(), List.of(order)),
                "an event of another stream");
    }

    @Test
    void an_append_that_is_repeated_is_a_duplicate_and_no_conflict() {
        List<DomainEvent> first = events.orders(2, "account");
        List<DomainEvent> second = events.orders(1, "account");
        append(STREAM, ExpectedVersion.none(), first);
        append(STREAM, ExpectedVersion.exactly(2), second);

        assertEquals(outcome(first, true), append(STREAM, ExpectedVersion.none(), first));
        assertEquals(outcome(second, true), append(STREAM, ExpectedVersion.exactly(2), second));
        assertEquals(3, read(STREAM).version());

        List<DomainEvent> mixed = List.of(second.getFirst(), events.order("account"));
        ExpectedVersion expected = ExpectedVersion.exactly(2);
        assertConflict(STREAM, expected, 3, List.of(new StreamAppend(STREAM, expected, mixed)));
    }

    @Test
    void several_streams_are_appended_to_together_or_none_is() {
        append(STREAM, ExpectedVersion.none(), events.orders(1, "account"));
        StreamAppend met = new StreamAppend(STREAM, ExpectedVersion.exactly(1), List.of(events.order("account")));
        StreamAppend unmet = new StreamAppend(OTHER, ExpectedVersion.exactly(1), List.of(events.order("other")));

        assertConflict(OTHER, unmet.expected(), 0, List.of(met, unmet));
        assertEquals(1, read(STREAM).version());

        StreamAppend begun = new StreamAppend(OTHER, ExpectedVersion.none(), unmet.events());
        List<DomainEvent> both = StreamAppend.eventsOf(List.of(met, begun));
        assertEquals(outcome(both, false), store().appendStreams(List.of(met, begun)));
        assertEquals(outcome(both, true), store().appendStreams(List.of(met, begun)));
        assertEquals(2, read(STREAM).version());
        assertEquals(1, read(OTHER).version());
        assertThrows(
                IllegalArgumentException.class, () -> store().appendStreams(List.of(met, met)), "a stream named twice");
    }

    @Test
    void a_stream_can_be_expected_not_to_change_while_another_one_is_appended_to() {
        store().append(events.orders(2, "other"));
        StreamAppend append = new StreamAppend(STREAM, ExpectedVersion.none(), events.orders(1, "account"));
        StreamAppend stale = new StreamAppend(OTHER, ExpectedVersion.exactly(1), List.of());

        assertConflict(OTHER, stale.expected(), 2, List.of(append, stale));
        assertConflict(OTHER, stale.expected(), 2, List.of(stale));

        store().appendStreams(List.of(append, new StreamAppend(OTHER, ExpectedVersion.exactly(2), List.of())));
        assertEquals(1, read(STREAM).version());
        assertEquals(2, read(OTHER).version());
    }

    @Test
    void a_stream_is_read_from_any_version_in_both_directions_and_page_by_page() {
        int count = 10;
        for (int i = 0; i < count; i++) {
            store().append(List.of(events.order("account"), events.order("other"), events.breach("account")));
        }
        List<StreamEvent> all = read(STREAM).events();
        assertEquals(count, all.size());

        for (long from : LongStream.of(1, 2, 5, count - 1, count, count + 1, Long.MAX_VALUE)
                .toArray()) {
            for (int limit : IntStream.of(1, 3, count, 1_000).toArray()) {
                StreamSlice forwards = store().readStream(new StreamQuery(STREAM, from, Order.OLDEST_FIRST, limit));
                StreamSlice backwards = store().readStream(new StreamQuery(STREAM, from, Order.NEWEST_FIRST, limit));

                assertEquals(count, forwards.version());
                assertEquals(
                        all.stream()
                                .filter(each -> each.version() >= from)
                                .limit(limit)
                                .toList(),
                        forwards.events());
                assertEquals(count, backwards.version());
                assertEquals(
                        all.reversed().stream()
                                .filter(each -> each.version() <= from)
                                .limit(limit)
                                .toList(),
                        backwards.events());
            }
        }
    }

    @Test
    void of_two_who_append_at_the_same_version_one_wins_and_the_other_gets_the_facts() throws Exception {
        for (int round = 0; round < 20; round++) {
            ExpectedVersion expected = ExpectedVersion.exactly(round);
            CyclicBarrier barrier = new CyclicBarrier(2);
            Supplier<Object> race = () -> {
                List<DomainEvent> batch = events.orders(1, "account");
                try {
                    barrier.await();
                    return append(STREAM, expected, batch);
                } catch (WrongExpectedVersionException conflict) {
                    return conflict;
                } catch (InterruptedException | BrokenBarrierException failure) {
                    throw new IllegalStateException(failure);
                }
            };
            List<Object> seen;
            try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
                CompletableFuture<Object> one = CompletableFuture.supplyAsync(race, threads);
                CompletableFuture<Object> two = CompletableFuture.supplyAsync(race, threads);
                seen = List.of(one.join(), two.join());
            }

            List<WrongExpectedVersionException> lost = seen.stream()
                    .filter(WrongExpectedVersionException.class::isInstance)
                    .map(WrongExpectedVersionException.class::cast)
                    .toList();
            assertEquals(1, lost.size(), () -> "losers among " + seen);
            assertEquals(STREAM, lost.getFirst().stream());
            assertEquals(expected, lost.getFirst().expected());
            assertEquals(round + 1, lost.getFirst().actual());
            assertEquals(round + 1, store().count());
        }
    }

    @Test
    void conflicts_spare_those_who_append_beside_them() {
        int threads = 4;
        int perThread = 50;
        List<CompletableFuture<Void>> appenders = IntStream.range(0, threads)
                .mapToObj(thread -> CompletableFuture.runAsync(() -> appendUntil(perThread)))
                .toList();
        for (int i = 0; i < perThread; i++) {
            store().append(List.of(events.order("account"), events.order("other")));
        }
        appenders.forEach(CompletableFuture::join);

        int total = (threads + 1) * perThread;
        assertEquals(total, read(STREAM).version());
        assertEquals(total, read(STREAM).events().size());
        assertEquals(perThread, read(OTHER).version());
        assertEquals(total + perThread, store().count());
    }

    /// Appends so many events, each at the exact version, as often as it takes.
    private void appendUntil(int count) {
        long version = read(STREAM).version();
        for (int done = 0; done < count; ) {
            try {
                append(STREAM, ExpectedVersion.exactly(version), List.of(events.order("account")));
                version++;
                done++;
            } catch (WrongExpectedVersionException conflict) {
                assertTrue(conflict.actual() > version, conflict::getMessage);
                version = conflict.actual();
            }
        }
    }

    @Test
    void streams_are_as_durable_as_their_events() throws Exception {
        List<DomainEvent> appended = events.orders(3, "account");
        append(STREAM, ExpectedVersion.none(), appended);
        assertEquals(3, read(STREAM).version());

        restart();

        if (survivesRestart()) {
            assertEquals(outcome(appended, true), append(STREAM, ExpectedVersion.none(), appended));
            append(STREAM, ExpectedVersion.exactly(3), events.orders(1, "account"));
            assertEquals(4, read(STREAM).version());
            Expect.sameEvents(appended, events(read(STREAM)).subList(0, 3));
        } else {
            append(STREAM, ExpectedVersion.none(), appended);
            assertEquals(3, read(STREAM).version());
        }
    }
}
