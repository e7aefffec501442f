package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.transport.Published;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Searches and duplicates in a log of several sealed segments and an end that is not sealed, against a list.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SearchTest {
    private static final int EVENTS = 4 * Segment.MIN_EVENTS + 1_000;

    private final List<DomainEvent> all = new ArrayList<>();
    private Path folder;
    private JdbcLog log;

    @BeforeAll
    void fill(@TempDir Path emptyFolder) {
        folder = emptyFolder;
        RandomEvents random = new RandomEvents(1);
        for (DomainEvent event : random.plain(EVENTS)) {
            all.add(all.size() % 5 == 0 ? RandomEvents.withId(event, "order-" + all.size()) : event);
        }
        open();
        Random sizes = new Random(1);
        for (int from = 0; from < EVENTS; ) {
            int to = Math.min(EVENTS, from + 1 + sizes.nextInt(700));
            assertThat(log.events().append(all.subList(from, to))).noneMatch(Published::duplicate);
            from = to;
        }
    }

    private void open() {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
    }

    @AfterAll
    void close() {
        log.close();
    }

    private List<Long> expected(EventQuery query) {
        List<Long> positions = new ArrayList<>();
        for (int i = 0; i < all.size(); i++) {
            if (query.matches(all.get(i))) {
                positions.add(i + 1L);
            }
        }
        if (query.order() == Order.NEWEST_FIRST) {
            Collections.reverse(positions);
        }
        Long after = query.after();
        return positions.stream()
                .filter(position ->
                        after == null || (query.order() == Order.OLDEST_FIRST ? position > after : position < after))
                .limit(query.limit())
                .toList();
    }

    private void assertFinds(EventQuery query) {
        List<StoredEvent> found = log.events().search(query).events();
        assertThat(found).extracting(StoredEvent::position).as("%s", query).isEqualTo(expected(query));
        for (StoredEvent stored : found) {
            assertThat(stored.event()).isEqualTo(all.get((int) stored.position() - 1));
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void any_combination_of_filters_finds_what_a_look_at_every_event_finds(long seed) {
        Random random = new Random(seed);
        for (int i = 0; i < 100; i++) {
            DomainEvent sample = all.get(random.nextInt(all.size()));
            DomainEvent other = all.get(random.nextInt(all.size()));
            assertFinds(new EventQuery(
                    chance(random, 3, TypeFilter.of(sample.type().name(), "Challenge.*")),
                    chance(random, 3, sample.subject()),
                    chance(random, 3, sample.source().toString()),
                    chance(random, 4, sample.correlationId()),
                    chance(random, 6, sample.causationId()),
                    chance(random, 4, other.time()),
                    chance(random, 4, other.time().plusSeconds(random.nextInt(10))),
                    chance(random, 3, (long) random.nextInt(EVENTS + 10)),
                    1 + random.nextInt(1_000),
                    random.nextBoolean() ? Order.OLDEST_FIRST : Order.NEWEST_FIRST));
        }
    }

    private static <T> @Nullable T chance(Random random, int oneIn, @Nullable T value) {
        return random.nextInt(oneIn) == 0 ? value : null;
    }

    @Test
    void what_is_nowhere_is_not_found() {
        assertFinds(new EventQuery(null, "nobody", null, null, null, null, null, null, 10, Order.OLDEST_FIRST));
        assertFinds(new EventQuery(
                TypeFilter.of("Auth.*"), null, null, null, null, null, null, null, 10, Order.NEWEST_FIRST));
        assertThat(log.events().find("order-1")).isEmpty();
        assertThat(log.events().find(new RandomEvents(77).version7())).isEmpty();
    }

    @Test
    void every_event_is_found_by_its_id() {
        for (int i = 0; i < all.size(); i += 37) {
            StoredEvent found = log.events().find(all.get(i).id()).orElseThrow();
            assertThat(found.position()).isEqualTo(i + 1);
            assertThat(found.event()).isEqualTo(all.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void every_event_is_a_duplicate_when_it_comes_again_however_old_it_is(boolean reopened) {
        if (reopened) {
            log.close();
            open();
        }
        List<DomainEvent> shuffled = new ArrayList<>(all);
        Collections.shuffle(shuffled, new Random(3));
        for (List<DomainEvent> batch : List.of(all, shuffled)) {
            for (int from = 0; from < EVENTS; from += 1_500) {
                List<DomainEvent> again = batch.subList(from, Math.min(EVENTS, from + 1_500));
                assertThat(log.events().append(again)).allMatch(Published::duplicate);
            }
        }
        assertThat(log.events().count()).isEqualTo(all.size());
        assertThat(log.events().head()).isEqualTo(all.size());
    }

    /// It is then read as what it was before.
    @ParameterizedTest
    @EnumSource(Order.class)
    void a_segment_that_is_sealed_during_a_search_is_searched_once(Order order) throws SQLException {
        String url = "jdbc:sqlite:" + folder.resolve("growing-" + order + ".db");
        RandomEvents random = new RandomEvents(5);
        try (JdbcLog growing = JdbcLog.open(url);
                Connection connection = DriverManager.getConnection(url)) {
            growing.events().append(random.plain(Segment.MIN_EVENTS + 1_000));
            long last = growing.events().head();
            EventQuery query = new EventQuery(null, null, null, null, null, null, null, null, 1, order);
            Connection beforeSegments = before(
                    connection, "FROM segments\n", () -> growing.events().append(random.plain(Segment.MIN_EVENTS)));

            EventPage found = new EventSearch(query, 1, last, Integer.MAX_VALUE).run(beforeSegments);

            assertThat(SegmentRows.lastSealed(connection)).isGreaterThan(last);
            List<Long> positions =
                    found.events().stream().map(StoredEvent::position).toList();
            List<Long> expected = LongStream.rangeClosed(1, last).boxed().toList();
            assertThat(positions).isEqualTo(order == Order.OLDEST_FIRST ? expected : expected.reversed());
        }
    }

    /// Does something before a statement with a text is prepared.
    private static Connection before(Connection connection, String text, Runnable first) {
        return (Connection) Proxy.newProxyInstance(
                SearchTest.class.getClassLoader(), new Class<?>[] {Connection.class}, (_, method, arguments) -> {
                    if (method.getName().equals("prepareStatement") && ((String) arguments[0]).contains(text)) {
                        first.run();
                    }
                    return method.invoke(connection, arguments);
                });
    }

    @ParameterizedTest
    @EnumSource(Order.class)
    void behind_the_last_position_there_can_be_is_nothing(Order order) {
        long end = order == Order.OLDEST_FIRST ? Long.MAX_VALUE : Long.MIN_VALUE;
        EventPage found = log.events().search(new EventQuery(null, null, null, null, null, null, null, end, 10, order));
        assertThat(found.events()).isEmpty();
        assertThat(found.isLast()).isTrue();
        assertThat(log.events().read(Long.MAX_VALUE, EventQuery.ALL, 10).events())
                .isEmpty();
    }

    @Test
    void an_old_id_of_another_source_is_a_new_event() {
        try (JdbcLog other = JdbcLog.open("jdbc:sqlite:" + folder.resolve("other.db"))) {
            other.events().append(all);
            List<DomainEvent> copies = new ArrayList<>();
            for (int i = 0; i < 200; i++) {
                DomainEvent event = all.get(i * 80);
                copies.add(DomainEvent.builder(event.type())
                        .id(event.id())
                        .source(java.net.URI.create("/elsewhere"))
                        .subject(event.subject())
                        .time(event.time())
                        .build());
            }
            assertThat(other.events().append(copies)).noneMatch(Published::duplicate);
            assertThat(other.events().append(copies)).allMatch(Published::duplicate);
            assertThat(other.events().find(copies.get(7).id()).orElseThrow().position())
                    .isEqualTo(7 * 80 + 1);
        }
    }
}
