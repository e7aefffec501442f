package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.DeadLetterFilter.State;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange.Bury;
import ai.tradesense.parking.ParkingChange.Complete;
import ai.tradesense.parking.ParkingChange.Discard;
import ai.tradesense.parking.ParkingChange.Requeue;
import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.parking.ParkingStore.DeadLetterGroup;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.ParkingStore.DeadLetterSummary;
import ai.tradesense.parking.Progress;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// How dead letters are found and grouped. A part of [ParkingStoreContract].
abstract class ParkingStoreSearches extends ParkingStoreSuite {
    private static final String TIMEOUT = "aaaaaaaaaaaaaaaa";
    private static final String OVERFLOW = "bbbbbbbbbbbbbbbb";

    private static DeadLetterFilter filter(
            @Nullable String cause,
            @Nullable State state,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String text) {
        return new DeadLetterFilter(null, null, null, cause, state, from, to, text);
    }

    private List<String> found(DeadLetterFilter filter) {
        List<ParkedEvent> rows = store().deadLetters(new DeadLetterQuery(filter, null, 1_000));
        assertEquals(
                rows.stream().map(DeadLetterSummary::of).toList(),
                store().summaries(new DeadLetterQuery(filter, null, 1_000)));
        return ids(rows);
    }

    private static ParkedEvent failed(DomainEvent event, Failure... failures) {
        return row(GROUP, event, Progress.given(Progress.State.DEAD, 1, NOW, Followers.RELEASE), List.of(failures));
    }

    private static Failure failure(Instant at, String cause, String message) {
        return new Failure(1, at, "java.lang.IllegalStateException", message, "", cause);
    }

    @Test
    void dead_letters_are_found_by_what_caused_the_newest_failure() {
        DomainEvent timedOut = events.order("a");
        DomainEvent overflown = events.order("b");
        apply(
                park(failed(timedOut, failure(1, OVERFLOW), failure(2, TIMEOUT))),
                park(failed(overflown, failure(1, TIMEOUT), failure(2, OVERFLOW))));

        assertEquals(List.of(timedOut.id()), found(filter(TIMEOUT, null, null, null, null)));
        assertEquals(List.of(overflown.id()), found(filter(OVERFLOW, null, null, null, null)));
        assertEquals(List.of(), found(filter("cccccccccccccccc", null, null, null, null)));
    }

    @Test
    void an_event_that_fails_again_is_found_by_its_new_cause() {
        DomainEvent event = events.order("a");
        apply(park(failed(event, failure(1, TIMEOUT))));
        long sequence = store().summaries(new DeadLetterQuery(DeadLetterFilter.ALL, null, 1))
                .getFirst()
                .sequence();

        apply(
                new Requeue(GROUP, sequence, NOW, null),
                new Bury(GROUP, sequence, 1, failure(7, OVERFLOW), Followers.RELEASE));

        assertEquals(List.of(), found(filter(TIMEOUT, null, null, null, null)));
        assertEquals(List.of(event.id()), found(filter(OVERFLOW, null, NOW.plusSeconds(7), null, null)));
    }

    private List<String> typesFound(String patterns) {
        DeadLetterFilter filter =
                new DeadLetterFilter(null, TypeFilter.parse(patterns), null, null, null, null, null, null);
        List<String> letters = store().summaries(new DeadLetterQuery(filter, null, 1_000)).stream()
                .map(letter -> String.valueOf(letter.type()))
                .toList();
        List<String> groups = store().groups(filter, 1_000).stream()
                .map(group -> String.valueOf(group.type()))
                .toList();
        assertEquals(
                letters.stream().sorted().toList(), groups.stream().sorted().toList());
        assertEquals(letters.size(), found(filter).size());
        return letters;
    }

    @Test
    void dead_letters_are_found_by_patterns_of_their_types() {
        List<String> types = List.of(
                "Trading.Order.Placed.v1",
                "Trading.Order.Placed.v11",
                "Trading.Order.v1",
                "Trading.Halted.v1",
                "Risk.Order.Placed.v1",
                "Trading.PnL.Updated.v1",
                "TradingX.Order.Placed.v1");
        for (String type : types.reversed()) {
            apply(park(failed(events.event(EventType.parse(type), "a").build(), failure(1, TIMEOUT))));
        }
        apply(park(undecodable("place:1", new byte[] {1})));

        for (String patterns : List.of(
                "*",
                "*.*",
                "Trading.*",
                "Trading.Order.*",
                "Trading.*.v1",
                "*.Order.Placed.v1",
                "*.*.Placed.*",
                "Trading.*.*.*",
                "*.Order.*",
                "*.Halted.*",
                "Trading.PNL.*",
                "Trading.Order.Placed.v1",
                "Auth.*",
                "Risk.*,Trading.Halted.v1")) {
            assertEquals(
                    types.stream()
                            .filter(type -> TypeFilter.parse(patterns).matches(EventType.parse(type)))
                            .toList(),
                    typesFound(patterns),
                    patterns);
        }
    }

    @Test
    void how_much_every_group_has_parked_is_known_at_once() {
        assertEquals(Map.of(), store().counts());
        DomainEvent retried = events.order("a");
        apply(
                park(follower(GROUP, events.order("b"))),
                park(dead(GROUP, events.order("c"))),
                park(undecodable("place:1", new byte[] {1})),
                park(dead("discarding", events.order("a"))),
                park(head("retrying", retried, NOW)));
        assertEquals(
                Map.of(GROUP, new Counts(1, 2), "discarding", new Counts(0, 1), "retrying", new Counts(1, 0)),
                store().counts());

        ParkedEvent waiting = store().head("retrying", retried.orderKey(), 1).getFirst();
        long discarded = store().summaries(query("discarding-worker", null, null, null, 1))
                .getFirst()
                .sequence();
        apply(new Complete("retrying", waiting.sequence()), new Discard("discarding", discarded, NOW));

        assertEquals(Map.of(GROUP, new Counts(1, 2)), store().counts());
    }

    @Test
    void dead_letters_are_found_by_their_state() {
        DomainEvent dead = events.order("a");
        DomainEvent discarded = events.order("b");
        apply(park(failed(dead)), park(failed(discarded)), park(undecodable("place:1", new byte[] {1})));
        apply(park(follower(GROUP, events.order("c"))));
        long sequence = store().deadLetters(new DeadLetterQuery(null, null, "b", null, 1))
                .getFirst()
                .sequence();
        apply(new Discard(GROUP, sequence, NOW));

        assertEquals(List.of("place:1", dead.id()), found(filter(null, null, null, null, null)));
        assertEquals(List.of(dead.id()), found(filter(null, State.DEAD, null, null, null)));
        assertEquals(List.of("place:1"), found(filter(null, State.QUARANTINED, null, null, null)));
        assertEquals(List.of(discarded.id()), found(filter(null, State.DISCARDED, null, null, null)));
    }

    @Test
    void dead_letters_are_found_by_when_they_failed_to_the_nanosecond() {
        Instant second = Instant.parse("2026-01-05T09:00:00Z");
        Instant[] times = {second, second.plusNanos(1), second.plusNanos(500_000_000), second.plusSeconds(1)};
        for (Instant time : times) {
            apply(park(failed(
                    events.event(EventFactory.ORDER_PLACED, "a")
                            .id("at " + time)
                            .build(),
                    failure(time, TIMEOUT, ""))));
        }

        assertEquals(
                List.of("at " + times[2], "at " + times[1]),
                found(filter(null, null, second.plusNanos(1), second.plusSeconds(1), null)));
        assertEquals(List.of("at " + times[0]), found(filter(null, null, null, second.plusNanos(1), null)));
        assertEquals(List.of("at " + times[3]), found(filter(null, null, second.plusSeconds(1), null, null)));
    }

    @Test
    void dead_letters_are_found_by_text_in_the_newest_message_whatever_the_case() {
        DomainEvent one = events.order("a");
        DomainEvent other = events.order("b");
        apply(
                park(failed(one, failure(NOW, TIMEOUT, "no 100%_sure Connection"))),
                park(failed(
                        other, failure(NOW, TIMEOUT, "no connection"), failure(NOW, TIMEOUT, "\u00dcberlauf 'x'"))));

        assertEquals(List.of(one.id()), found(filter(null, null, null, null, "sure CONN")));
        assertEquals(List.of(one.id()), found(filter(null, null, null, null, "%_")));
        assertEquals(List.of(other.id()), found(filter(null, null, null, null, "\u00dcBER")));
        assertEquals(List.of(), found(filter(null, null, null, null, "\u00fcber")));
        assertEquals(List.of(), found(filter(null, null, null, null, "no connection ")));
    }

    @Test
    void pages_of_what_is_found_go_on_where_the_one_before_ended() {
        events.orders(5, "a").forEach(event -> apply(park(failed(event, failure(1, TIMEOUT)))));
        events.orders(5, "b").forEach(event -> apply(park(failed(event, failure(1, OVERFLOW)))));
        DeadLetterFilter filter = filter(TIMEOUT, null, null, null, null);
        List<DeadLetterSummary> all = store().summaries(new DeadLetterQuery(filter, null, 100));

        List<DeadLetterSummary> first = store().summaries(new DeadLetterQuery(filter, null, 3));
        List<DeadLetterSummary> second =
                store().summaries(new DeadLetterQuery(filter, first.getLast().sequence(), 3));

        assertEquals(5, all.size());
        assertEquals(all.subList(0, 3), first);
        assertEquals(all.subList(3, 5), second);
    }

    @Test
    void dead_letters_are_grouped_by_worker_type_and_cause() {
        apply(
                park(failed(events.order("a"), failure(NOW.plusSeconds(5), TIMEOUT, "first"))),
                park(failed(events.order("b"), failure(NOW.plusSeconds(3), TIMEOUT, "second"))),
                park(failed(events.order("c"), failure(NOW.plusSeconds(4), TIMEOUT, "third"))),
                park(failed(events.order("d"), failure(NOW.plusSeconds(1), OVERFLOW, "other"))),
                park(failed(events.breach("a"), failure(NOW.plusSeconds(2), TIMEOUT, "breach"))),
                park(undecodable("place:1", new byte[] {1})),
                park(follower(GROUP, events.order("e"))));

        List<DeadLetterGroup> groups = store().groups(DeadLetterFilter.ALL, 10);

        assertEquals(4, groups.size());
        DeadLetterGroup largest = groups.getFirst();
        assertEquals(GROUP + "-worker", largest.worker());
        assertEquals(EventFactory.ORDER_PLACED.name(), largest.type());
        assertEquals(TIMEOUT, largest.cause());
        assertEquals(3, largest.count());
        assertEquals(NOW.plusSeconds(3), largest.firstAt());
        assertEquals(NOW.plusSeconds(5), largest.lastAt());
        assertEquals(failure(NOW.plusSeconds(4), TIMEOUT, "third"), largest.failure());
        assertEquals("c", store().find(largest.example()).orElseThrow().key().subject());
        assertEquals(null, groups.get(1).type());
        assertEquals(List.of(largest), store().groups(DeadLetterFilter.ALL, 1));
        assertEquals(
                List.of(1L),
                store().groups(filter(OVERFLOW, null, null, null, null), 10).stream()
                        .map(DeadLetterGroup::count)
                        .toList());
    }

    @Test
    void what_was_unreadable_and_is_corrected_takes_its_place_in_the_queue_of_its_subject() {
        apply(park(undecodable("place:1", new byte[] {1})), park(follower(GROUP, events.order("account"))));
        long sequence = store().summaries(new DeadLetterQuery(DeadLetterFilter.ALL, null, 1))
                .getFirst()
                .sequence();
        DomainEvent corrected = events.order("account");

        assertEquals(1, apply(new Requeue(GROUP, sequence, NOW, corrected)));

        List<ParkedEvent> queue = waiting(KEY);
        assertEquals(2, queue.size());
        assertEquals(sequence, queue.getFirst().sequence());
        assertEquals(KEY, queue.getFirst().key());
        Expect.sameEvent(corrected, queue.getFirst().event());
        assertEquals(List.of(), store().head(GROUP, new OrderKey("", ""), 10));
    }

    @Test
    void a_correction_leaves_an_event_in_the_queue_that_it_was_in() {
        apply(park(failed(events.order("account"), failure(1, TIMEOUT))));
        long sequence = store().summaries(new DeadLetterQuery(DeadLetterFilter.ALL, null, 1))
                .getFirst()
                .sequence();

        apply(new Requeue(GROUP, sequence, NOW, events.order("another")));

        assertEquals(sequence, waiting(KEY).getFirst().sequence());
    }
}
