package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.StoredEvent;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What can be asked of a store, and what it answers.
abstract class EventStoreQueries extends EventStoreStreams {
    private static final List<String> TYPES = List.of(
            "Trading.Order.Placed.v1",
            "Trading.Order.Filled.v1",
            "Trading.Order.Placed.v2",
            "Trading.Position.Opened.v1",
            "TradingDesk.Order.Placed.v1",
            "Risk.Limit.Breached.v1",
            "Challenge.Started.v1");

    /// A query to which a test adds what it asks for.
    private record Asked(
            @Nullable TypeFilter type,
            @Nullable String subject,
            @Nullable String source,
            @Nullable String correlationId,
            @Nullable String causationId,
            @Nullable Instant from,
            @Nullable Instant to) {
        static final Asked NOTHING = new Asked(null, null, null, null, null, null, null);

        static Asked type(String... patterns) {
            return new Asked(TypeFilter.of(patterns), null, null, null, null, null, null);
        }

        EventQuery query(@Nullable Long after, int limit, Order order) {
            return new EventQuery(type, subject, source, correlationId, causationId, from, to, after, limit, order);
        }
    }

    /// Events that differ in whatever can be asked for; subjects, sources and ids that look like patterns
    /// among them.
    private List<DomainEvent> variety() {
        List<String> subjects = List.of("account", "account_1", "Account", "acc%");
        List<DomainEvent> all = new ArrayList<>();
        for (int number = 0; number < 60; number++) {
            DomainEvent.Builder event = events.event(
                            EventType.parse(TYPES.get(number % TYPES.size())), subjects.get(number % subjects.size()))
                    .source(URI.create("/source/" + number % 3))
                    .time(EventFactory.FIRST.plusSeconds(number * 7 % 60).plusNanos(number));
            if (number % 2 == 0) {
                event.correlationId("correlation-" + number % 10);
            }
            if (number % 5 == 0) {
                event.causationId("cause-" + number % 15);
            }
            all.add(event.build());
        }
        store().append(all.subList(0, 31));
        store().append(all.subList(31, 60));
        return all;
    }

    /// Asks in both orders, all at once and page by page, and by reading, and expects what the predicate says.
    private void assertFinds(Asked asked, Predicate<DomainEvent> expected) {
        List<DomainEvent> all = variety();
        List<String> wanted = all.stream().filter(expected).map(DomainEvent::id).toList();
        assertTrue(!wanted.isEmpty() && wanted.size() <= all.size(), "a test that expects something");
        assertEquals(
                wanted,
                ids(store().search(asked.query(null, 1_000, Order.OLDEST_FIRST)).events()),
                "oldest first");
        assertEquals(
                wanted.reversed(),
                ids(store().search(asked.query(null, 1_000, Order.NEWEST_FIRST)).events()),
                "newest first");
        assertEquals(wanted, paged(asked, Order.OLDEST_FIRST), "pages, oldest first");
        assertEquals(wanted.reversed(), paged(asked, Order.NEWEST_FIRST), "pages, newest first");
        EventQuery filter = asked.query(null, 1, Order.NEWEST_FIRST); // limit and order are of no account to a reader
        assertEquals(wanted, ids(store().read(0, filter, 1_000).events()), "read");
        assertEquals(wanted.subList(0, 1), ids(store().read(0, filter, 1).events()), "one of them read");
    }

    private List<String> paged(Asked asked, Order order) {
        List<String> found = new ArrayList<>();
        List<StoredEvent> page = store().search(asked.query(null, 4, order)).events();
        while (!page.isEmpty()) {
            assertTrue(page.size() <= 4, () -> "a page of more than 4");
            found.addAll(ids(page));
            page = store().search(asked.query(page.getLast().position(), 4, order))
                    .events();
        }
        return found;
    }

    private static List<String> ids(List<StoredEvent> stored) {
        return stored.stream().map(each -> each.event().id()).toList();
    }

    @Test
    void everything_is_found_when_nothing_is_asked_for() {
        assertFinds(Asked.NOTHING, event -> true);
    }

    @Test
    void events_are_found_by_their_type() {
        assertFinds(
                Asked.type("Trading.Order.Placed.v1"),
                event -> event.type().name().equals("Trading.Order.Placed.v1"));
    }

    @Test
    void events_are_found_by_their_domain() {
        assertFinds(Asked.type("Trading.*"), event -> event.type().domain().equals("Trading"));
    }

    @Test
    void events_are_found_by_a_pattern_in_the_middle() {
        assertFinds(
                Asked.type("*.Order.*.v1"),
                event -> Stream.of(TYPES.get(0), TYPES.get(1), TYPES.get(4))
                        .anyMatch(event.type().name()::equals));
    }

    @Test
    void events_are_found_by_several_patterns_of_which_one_is_a_name() {
        assertFinds(
                Asked.type("Risk.*", "Challenge.Started.v1"),
                event -> List.of("Risk", "Challenge").contains(event.type().domain()));
    }

    @Test
    void events_are_found_by_their_subject_exactly() {
        for (String subject : List.of("account", "account_1", "Account", "acc%")) {
            Asked asked = new Asked(null, subject, null, null, null, null, null);
            if (store().count() == 0) {
                assertFinds(asked, event -> event.subject().equals(subject));
            }
            List<StoredEvent> found =
                    store().search(asked.query(null, 1_000, Order.OLDEST_FIRST)).events();
            assertEquals(15, found.size(), subject);
            assertTrue(found.stream().allMatch(each -> each.event().subject().equals(subject)), subject);
        }
    }

    @Test
    void events_are_found_by_their_source() {
        assertFinds(
                new Asked(null, null, "/source/1", null, null, null, null),
                event -> event.source().toString().equals("/source/1"));
    }

    @Test
    void events_are_found_by_their_correlation() {
        assertFinds(
                new Asked(null, null, null, "correlation-4", null, null, null),
                event -> "correlation-4".equals(event.correlationId()));
    }

    @Test
    void events_are_found_by_their_cause() {
        assertFinds(
                new Asked(null, null, null, null, "cause-10", null, null),
                event -> "cause-10".equals(event.causationId()));
    }

    @Test
    void events_are_found_by_their_time_from_inclusive_to_exclusive() {
        // The event with the number 10 happened exactly at `from`, that with the number 5 exactly at `to`.
        Instant from = EventFactory.FIRST.plusSeconds(10).plusNanos(10);
        Instant to = EventFactory.FIRST.plusSeconds(35).plusNanos(5);
        assertFinds(
                new Asked(null, null, null, null, null, from, to),
                event -> !event.time().isBefore(from) && event.time().isBefore(to));
        assertEquals(1, count(new Asked(null, null, null, null, null, from, from.plusNanos(1))));
        assertEquals(0, count(new Asked(null, null, null, null, null, to, to)));
        assertEquals(1, count(new Asked(null, null, null, null, null, to, to.plusNanos(1))));
    }

    private int count(Asked asked) {
        return store().search(asked.query(null, 1_000, Order.OLDEST_FIRST))
                .events()
                .size();
    }

    @Test
    void events_are_found_from_a_time_on_without_an_end() {
        Instant from = EventFactory.FIRST.plusSeconds(40);
        assertFinds(
                new Asked(null, null, null, null, null, from, null),
                event -> !event.time().isBefore(from));
    }

    @Test
    void events_are_found_by_everything_at_once() {
        assertFinds(
                new Asked(
                        TypeFilter.of("Trading.*", "Risk.*"),
                        "account",
                        "/source/0",
                        "correlation-2",
                        null,
                        EventFactory.FIRST,
                        EventFactory.FIRST.plusSeconds(60)),
                event -> List.of("Trading", "Risk").contains(event.type().domain())
                        && event.subject().equals("account")
                        && event.source().toString().equals("/source/0")
                        && "correlation-2".equals(event.correlationId()));
    }

    @Test
    void what_nobody_wrote_is_not_found() {
        variety();
        assertEquals(0, count(new Asked(null, "nobody", null, null, null, null, null)));
        assertEquals(0, count(Asked.type("Auth.*")));
        assertTrue(store().find("nothing").isEmpty());
        assertEquals(60, count(Asked.NOTHING));
    }

    @Test
    void an_event_is_found_by_its_id() {
        List<DomainEvent> all = variety();

        for (DomainEvent event : all) {
            Expect.sameEvent(
                    event, store().find(event.id()).map(StoredEvent::event).orElse(null));
        }
    }

    @Test
    void a_reader_gets_what_stands_behind_a_position() {
        List<String> all = Expect.ids(variety());
        List<StoredEvent> first = store().read(0, EventQuery.ALL, 20).events();
        assertEquals(all.subList(0, 20), ids(first));

        long position = first.getLast().position();

        assertEquals(
                all.subList(20, 60),
                ids(store().read(position, EventQuery.ALL, 1_000).events()));
        assertEquals(
                all.subList(20, 23),
                ids(store().read(position, EventQuery.ALL, 3).events()));
        assertEquals(List.of(), store().read(store().head(), EventQuery.ALL, 10).events());
    }

    @Test
    void a_page_says_up_to_where_was_looked_so_that_nothing_is_looked_at_twice_or_missed() {
        variety();
        EventQuery newest = Asked.NOTHING.query(null, 20, Order.NEWEST_FIRST);

        assertEquals(
                new EventPage(List.of(), 60, true),
                store().read(0, Asked.type("Auth.*").query(null, 5, Order.OLDEST_FIRST), 5));
        assertEquals(new EventPage(List.of(), 60, true), store().read(60, EventQuery.ALL, 5));
        assertEquals(20, store().read(0, EventQuery.ALL, 20).upTo());
        assertEquals(41, store().search(newest).upTo());
        assertFalse(store().search(newest).isLast());
        assertEquals(
                0,
                store().search(Asked.NOTHING.query(10L, 20, Order.NEWEST_FIRST)).upTo());
        assertTrue(
                store().search(Asked.NOTHING.query(10L, 20, Order.NEWEST_FIRST)).isLast());
    }
}
