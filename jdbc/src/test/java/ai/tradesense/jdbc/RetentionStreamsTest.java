package ai.tradesense.jdbc;

import static ai.tradesense.jdbc.KeptLog.DAY;
import static ai.tradesense.jdbc.KeptLog.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.TradeSense;
import ai.tradesense.aggregate.Aggregate;
import ai.tradesense.aggregate.Repository;
import ai.tradesense.aggregate.Versioned;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.OrderKey;
import ai.tradesense.jdbc.KeptLog.Database;
import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.LegalHold.Scope;
import ai.tradesense.retention.RetentionConflictException;
import ai.tradesense.retention.RetentionRecord;
import ai.tradesense.retention.RetentionRecord.Kind;
import ai.tradesense.retention.RetentionReport.HeldShare;
import ai.tradesense.store.ExpectedVersion;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.StreamSlice.StreamEvent;
import ai.tradesense.store.WrongExpectedVersionException;
import ai.tradesense.testkit.VirtualClock;
import ai.tradesense.transport.Published;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Streams mean what they meant when events of them were removed, and what is held stays.
class RetentionStreamsTest {
    @TempDir
    Path folder;

    private KeptLog open(Database database) {
        return new KeptLog(database.url(folder));
    }

    @ParameterizedTest
    @EnumSource
    void versions_of_streams_mean_what_they_meant(Database database) {
        OrderKey stream = new OrderKey("Trading", "account-0");
        try (KeptLog kept = open(database)) {
            kept.append("old-", 60); // of which 6 are of the stream
            kept.clock.advance(DAY.multipliedBy(2));
            kept.append("young-", 20); // and 2
            kept.remove(4);
            for (int opened = 0; opened < 2; opened++) { // on SQLite the index is made for the first time here
                StreamSlice slice = kept.log().events().readStream(StreamQuery.forwards(stream, 1));
                assertThat(slice.version()).isEqualTo(8);
                assertThat(slice.begins()).isEqualTo(7);
                assertThat(slice.events()).extracting(StreamEvent::version).containsExactly(7L, 8L);
                assertThat(kept.log()
                                .events()
                                .readStream(StreamQuery.backwards(stream, 5))
                                .events())
                        .extracting(StreamEvent::version)
                        .containsExactly(8L, 7L);
                kept.restart();
            }
            assertThatThrownBy(() -> append(kept, stream, ExpectedVersion.none(), "x"))
                    .isInstanceOfSatisfying(
                            WrongExpectedVersionException.class,
                            wrong -> assertThat(wrong.actual()).isEqualTo(8));
            assertThatThrownBy(() -> append(kept, stream, ExpectedVersion.exactly(2), "x"))
                    .isInstanceOf(WrongExpectedVersionException.class);
            append(kept, stream, ExpectedVersion.exactly(8), "ninth");
            assertThat(kept.log()
                            .events()
                            .readStream(StreamQuery.forwards(stream, 9))
                            .events())
                    .extracting(each -> each.stored().event().id())
                    .containsExactly("ninth");

            kept.clock.advance(DAY.multipliedBy(2));
            kept.remove(100);
            StreamSlice gone = kept.log().events().readStream(StreamQuery.forwards(stream, 1));
            assertThat(gone).isEqualTo(new StreamSlice(stream, 9, 10, List.of()));
            append(kept, stream, ExpectedVersion.exactly(9), "tenth");
            assertThat(kept.log()
                            .events()
                            .readStream(StreamQuery.forwards(stream, 1))
                            .events())
                    .extracting(StreamEvent::version)
                    .containsExactly(10L);
        }
    }

    private static List<Published> append(KeptLog kept, OrderKey stream, ExpectedVersion expected, String id) {
        DomainEvent event = event(stream.domain(), id, stream.subject());
        return kept.log().events().appendStreams(List.of(new StreamAppend(stream, expected, List.of(event))));
    }

    record Total(int amount) {}

    @EventName("Trading.Put.v1")
    record Put(String subject, int amount) implements EventData {}

    private static Aggregate.Builder<Total> totals(String name) {
        return Aggregate.named(name, "Trading", new Total(0))
                .on(Put.class, (total, put) -> new Total(total.amount + put.amount));
    }

    @ParameterizedTest
    @EnumSource
    void an_aggregate_goes_on_from_its_snapshot_and_one_without_is_refused_instead_of_loaded_in_part(
            Database database) {
        try (KeptLog kept = open(database);
                TradeSense tradesense =
                        TradeSense.builder().log(kept.log()).clock(kept.clock).build()) {
            Repository<Total> kind = tradesense.repository(
                    totals("kind").snapshot(Total.class, "total.v1", 5).build());
            Repository<Total> bare = tradesense.repository(totals("bare").build());
            for (int i = 0; i < 7; i++) {
                kind.update("with", total -> List.of(new Put("with", 1)));
                bare.update("without", total -> List.of(new Put("without", 1)));
            }
            kept.clock.advance(DAY.multipliedBy(2));
            assertThat(kept.log().retention().examine(kept.cutoffs()).needed()).isEqualTo(2);
            assertThat(kept.remove(3).events()).isEqualTo(7 + 5);

            assertThat(kind.load("with")).isEqualTo(new Versioned<>(new Total(7), 7));
            assertThat(kind.update("with", total -> List.of(new Put("with", total.amount)))
                            .version())
                    .isEqualTo(8);
            assertThatThrownBy(() -> bare.load("without"))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("has no event of version 1 any more")
                    .hasMessageContaining("begins with version 8");
            assertThatThrownBy(() -> bare.update("without", total -> List.of(new Put("without", 1))))
                    .isInstanceOf(StoreException.class);
            Repository<Total> other = tradesense.repository(totals("other").build());
            assertThatThrownBy(() -> other.load("with")).isInstanceOf(StoreException.class);
        }
    }

    private static LegalHold place(KeptLog kept, Scope scope) {
        return kept.log().retention().place(scope, "a reason", "counsel", kept.clock.instant());
    }

    @ParameterizedTest
    @EnumSource
    void what_is_held_by_subject_stays_until_that_is_lifted(Database database) {
        try (KeptLog kept = open(database)) {
            kept.append("old-", 40);
            kept.clock.advance(DAY.multipliedBy(2));
            assertThat(kept.remove(6).events()).isEqualTo(20);
            List<DomainEvent> more = kept.append("more-", 40);
            kept.clock.advance(DAY.multipliedBy(2));
            LegalHold hold = place(kept, new Scope(null, "account-2", null, null));
            assertThat(kept.log().retention().examine(kept.cutoffs()).held())
                    .containsExactly(new HeldShare(hold.number(), 4));

            assertThat(kept.remove(6).events()).isEqualTo(16);
            kept.restart();
            assertThat(kept.remove(6).events()).isZero();
            assertThat(kept.ids())
                    .contains(more.get(2).id())
                    .doesNotContain(more.getFirst().id());
            assertThat(kept.log().retention().holds()).containsExactly(hold);

            LegalHold lifted = kept.log().retention().lift(hold.number(), "settled", "counsel", kept.clock.instant());
            assertThat(lifted.isActive()).isFalse();
            assertThat(kept.log().retention().holds()).containsExactly(lifted);
            assertThatThrownBy(() -> kept.log().retention().lift(hold.number(), "again", "x", kept.clock.instant()))
                    .isInstanceOf(RetentionConflictException.class)
                    .hasMessageContaining("counsel");
            assertThatThrownBy(() -> kept.log().retention().lift(999, "none", "x", kept.clock.instant()))
                    .isInstanceOf(NoSuchElementException.class);
            assertThat(kept.remove(6).events()).isEqualTo(4);
            assertThat(kept.log().retention().records(100))
                    .extracting(RetentionRecord::kind)
                    .contains(Kind.HOLD_PLACED, Kind.HOLD_LIFTED);
            assertThat(kept.verify().fault()).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_hold_of_certain_times_leaves_a_hole_that_reading_a_stream_shows(Database database) {
        OrderKey stream = new OrderKey("Trading", "s");
        try (KeptLog kept = open(database)) {
            for (int hour = 0; hour < 10; hour++) {
                kept.log().events().append(List.of(at(hour)));
            }
            kept.clock.advance(DAY.multipliedBy(2));
            Scope middle = new Scope("Trading", null, hour(3), hour(5));
            LegalHold hold = place(kept, middle);
            place(kept, new Scope("Risk", null, null, null));
            assertThat(kept.remove(3).events()).isEqualTo(8);

            StreamSlice slice = kept.log().events().readStream(StreamQuery.forwards(stream, 1));
            assertThat(slice.version()).isEqualTo(10);
            assertThat(slice.begins()).isEqualTo(4);
            assertThat(slice.events()).extracting(StreamEvent::version).containsExactly(4L, 5L);
            append(kept, stream, ExpectedVersion.exactly(10), "eleventh");
            slice = kept.log().events().readStream(StreamQuery.forwards(stream, 1));
            assertThat(slice.events()).extracting(StreamEvent::version).containsExactly(4L, 5L, 11L);
            assertThat(kept.log()
                            .events()
                            .readStream(StreamQuery.backwards(stream, 7))
                            .events())
                    .extracting(StreamEvent::version)
                    .containsExactly(11L, 5L);
            assertThat(kept.verify().fault()).isNull();

            kept.log().retention().lift(hold.number(), "over", "counsel", kept.clock.instant());
            assertThat(kept.remove(3).events()).isEqualTo(2);
            assertThat(kept.log()
                            .events()
                            .readStream(StreamQuery.forwards(stream, 1))
                            .begins())
                    .isEqualTo(11);
        }
    }

    private static Instant hour(int hour) {
        return VirtualClock.START.plus(Duration.ofHours(hour));
    }

    private static DomainEvent at(int hour) {
        return DomainEvent.builder(event("Trading", "h" + hour, "s").type())
                .id("h" + hour)
                .source(java.net.URI.create("/kept"))
                .subject("s")
                .time(hour(hour))
                .data(event("Trading", "h", "s").data())
                .build();
    }

    @ParameterizedTest
    @EnumSource
    void a_hold_that_is_placed_on_the_way_keeps_what_is_still_there(Database database) {
        try (KeptLog kept = open(database)) {
            kept.append("old-", 40);
            kept.clock.advance(DAY.multipliedBy(2));
            var cutoffs = kept.cutoffs();
            long before = 0;
            while (before < 10) {
                before +=
                        kept.log().retention().removeSome(cutoffs, 5, "tester").events();
            }
            place(kept, new Scope("Trading", null, null, null));
            assertThat(KeptLog.remove(kept.log(), cutoffs, 5).events()).isZero();
            assertThat(kept.everything()).hasSize(30);
        }
    }
}
