package ai.tradesense.jdbc;

import static ai.tradesense.jdbc.KeptLog.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.TradeSense;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.jdbc.KeptLog.Database;
import ai.tradesense.operations.InvalidOperationException;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection.Stored;
import ai.tradesense.store.EventFollower;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.UnreadableEvent;
import ai.tradesense.store.UnreadableEventException;
import ai.tradesense.testkit.SteppedRuntime;
import ai.tradesense.worker.Worker;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What stands in the log and cannot be decoded is said by whoever reads there, with its place and its bytes, and
/// nobody who depends on each event goes on without it in silence.
class UnreadableStoredEventsTest {
    private static final EventQuery TRADING = query(TypeFilter.of("Trading.*"), Order.OLDEST_FIRST);

    @TempDir
    Path folder;

    private static EventQuery query(TypeFilter type, Order order) {
        return new EventQuery(type, null, null, null, null, null, null, null, 100, order);
    }

    /// A log of some events, one of which is damaged.
    private KeptLog damaged(Database database, int events, int position) {
        KeptLog kept = new KeptLog(database.url(folder));
        for (int each = 1; each <= events; each++) {
            kept.log().events().append(List.of(event("Trading", "event-" + each, "account")));
        }
        damage(kept, database, position);
        return kept;
    }

    private static void damage(KeptLog kept, Database database, int position) {
        execute(
                kept.url(),
                database == Database.SQLITE
                        ? "UPDATE blocks SET records = substr(records, 1, 20) WHERE first_position = " + position
                        : "UPDATE events SET record = substr(record, 1, 7) WHERE position = " + position);
    }

    private static void execute(String url, String sql) {
        try (Connection connection = DriverManager.getConnection(url);
                Statement statement = connection.createStatement()) {
            assertThat(statement.executeUpdate(sql)).isEqualTo(1);
        } catch (SQLException failure) {
            throw new AssertionError(sql, failure);
        }
    }

    private static List<Long> positions(EventPage page) {
        return page.entries().stream().map(EventPage.Entry::position).toList();
    }

    @ParameterizedTest
    @EnumSource
    void a_search_gives_it_in_its_place_with_its_bytes_whichever_way_it_goes(Database database) {
        try (KeptLog kept = damaged(database, 6, 4)) {
            EventPage page = kept.log().events().read(0, TRADING, 100);

            assertThat(positions(page)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
            assertThat(page.events()).extracting(StoredEvent::position).containsExactly(1L, 2L, 3L, 5L, 6L);
            assertThat(page.unreadable()).singleElement().satisfies(unreadable -> {
                assertThat(unreadable.lastPosition()).isEqualTo(4);
                assertThat(unreadable.id()).isEqualTo(database == Database.SQLITE ? null : "event-4");
                assertThat(unreadable.reason()).contains("bytes");
                assertThat(unreadable.bytes()).hasSize(7);
            });
            assertThat(positions(kept.log().events().search(query(TypeFilter.of("Trading.*"), Order.NEWEST_FIRST))))
                    .containsExactly(6L, 5L, 4L, 3L, 2L, 1L);
            assertThat(kept.log().events().read(2, TRADING, 2).upTo()).isEqualTo(4);
        }
    }

    @Test
    void what_is_known_to_have_an_id_and_cannot_be_decoded_is_not_taken_for_missing() {
        try (KeptLog kept = damaged(Database.POSTGRESQL, 2, 2)) {
            assertThat(kept.log().events().find("event-1")).isPresent();
            assertThatThrownBy(() -> kept.log().events().find("event-2"))
                    .isInstanceOf(UnreadableEventException.class)
                    .hasMessageContaining("position 2 (id event-2)");
        }
    }

    @Test
    void what_was_damaged_before_its_segment_was_sealed_is_found_by_searches_that_it_may_match() {
        try (KeptLog kept = damaged(Database.SQLITE, 6, 4)) {
            kept.restart();
            kept.append("more-", Segment.MIN_EVENTS);
            EventQuery elsewhere = new EventQuery(
                    TypeFilter.of("Auth.*"), "nobody", null, null, null, null, null, null, 100, Order.OLDEST_FIRST);
            assertThat(positions(kept.log().events().search(elsewhere))).containsExactly(4L);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_follower_stands_still_before_it_and_says_so_unless_its_listener_takes_it(Database database) {
        List<Long> taken = new ArrayList<>();
        List<Long> all = new ArrayList<>();
        try (KeptLog kept = damaged(database, 6, 4);
                SteppedRuntime runtime = new SteppedRuntime(kept.clock)) {
            EventFollower strict = EventFollower.start(
                    "strict",
                    kept.log().events(),
                    0,
                    TRADING,
                    event -> taken.add(event.position()),
                    runtime,
                    kept.clock);
            EventFollower lenient = EventFollower.start(
                    "lenient",
                    kept.log().events(),
                    0,
                    TRADING,
                    new EventFollower.Listener() {
                        @Override
                        public void accept(StoredEvent event) {
                            all.add(event.position());
                        }

                        @Override
                        public void unreadable(UnreadableEvent event) {
                            all.add(-event.position());
                        }
                    },
                    runtime,
                    kept.clock);
            runtime.advance(Duration.ofSeconds(3));
            assertThat(taken).containsExactly(1L, 2L, 3L);
            assertThat(strict.position()).isEqualTo(3);
            assertThat(strict.trouble()).contains("position 4");
            assertThat(all).containsExactly(1L, 2L, 3L, -4L, 5L, 6L);
            assertThat(lenient.trouble()).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_replay_that_would_have_a_hole_is_refused_and_one_that_comes_to_one_is_stopped(Database database) {
        List<String> replayed = new ArrayList<>();
        try (KeptLog kept = damaged(database, 6, 6);
                SteppedRuntime runtime = new SteppedRuntime(kept.clock);
                TradeSense tradesense = TradeSense.builder()
                        .log(kept.log())
                        .clock(kept.clock)
                        .runtime(runtime)
                        .build()) {
            tradesense.register(Worker.named("balances")
                    .on("Trading.*", (event, context) -> {
                        if (context.isReplay()) {
                            replayed.add(event.id());
                        }
                    })
                    .replayable()
                    .build());
            runtime.advance(Duration.ofSeconds(5));
            assertThatThrownBy(() -> order(tradesense, null))
                    .isInstanceOf(InvalidOperationException.class)
                    .hasMessageContaining("position 6");
            Operation before = order(tradesense, 5L);
            damage(kept, database, 4);
            runtime.advance(Duration.ofSeconds(30));
            Operation after = tradesense.operations().find(before.id()).orElseThrow();
            assertThat(after.state()).isEqualTo(State.STOPPED);
            assertThat(tradesense.operations().steps(before.id()).getLast().text())
                    .contains("position 4");
            assertThat(replayed).containsExactly("event-1", "event-2", "event-3");
        }
    }

    private static Operation order(TradeSense tradesense, @Nullable Long upTo) {
        return tradesense
                .operations()
                .order(new OperationRequest(
                        OperationKind.REPLAY,
                        new Stored("balances", null, null, null, null, null, upTo),
                        new Pace(List.of(1), null, 1),
                        "alice",
                        "",
                        null));
    }
}
