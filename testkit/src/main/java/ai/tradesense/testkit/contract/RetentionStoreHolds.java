package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.LegalHold.Scope;
import ai.tradesense.retention.RetentionConflictException;
import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import ai.tradesense.retention.RetentionRecord;
import ai.tradesense.retention.RetentionRecord.Kind;
import ai.tradesense.retention.RetentionReport.HeldShare;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.StreamSlice.StreamEvent;
import ai.tradesense.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import org.junit.jupiter.api.Test;

/// What legal holds keep.
abstract class RetentionStoreHolds extends RetentionStoreSuite {
    @Test
    void what_is_held_by_subject_stays_until_that_is_lifted() throws Exception {
        append("old-", 40);
        clock.advance(DAY.multipliedBy(2));
        assertEquals(20, remove(6).events());
        List<DomainEvent> more = append("more-", 40);
        clock.advance(DAY.multipliedBy(2));
        LegalHold hold = place(new Scope(null, "account-2", null, null));
        assertEquals(
                List.of(new HeldShare(hold.number(), 4)),
                store().examine(cutoffs()).held());

        assertEquals(16, remove(6).events());
        restart();
        assertEquals(0, remove(6).events());
        assertTrue(ids().contains(more.get(2).id()), "what is held is there");
        assertFalse(ids().contains(more.getFirst().id()), "what is not held is gone");
        assertEquals(List.of(hold), store().holds());

        LegalHold lifted = store().lift(hold.number(), "settled", "counsel", clock.instant());
        assertFalse(lifted.isActive(), "it is lifted");
        assertEquals(List.of(lifted), store().holds());
        RetentionConflictException twice = assertThrows(
                RetentionConflictException.class, () -> store().lift(hold.number(), "again", "x", clock.instant()));
        assertTrue(String.valueOf(twice.getMessage()).contains("counsel"), "it says who lifted it");
        assertThrows(NoSuchElementException.class, () -> store().lift(999, "none", "x", clock.instant()));
        assertEquals(4, remove(6).events());
        List<Kind> kinds =
                store().records(100).stream().map(RetentionRecord::kind).toList();
        assertTrue(kinds.containsAll(List.of(Kind.HOLD_PLACED, Kind.HOLD_LIFTED)), "both are recorded");
    }

    @Test
    void a_hold_of_certain_times_leaves_a_hole_that_reading_a_stream_shows() {
        OrderKey stream = new OrderKey("Trading", "s");
        for (int hour = 0; hour < 10; hour++) {
            events().append(List.of(event("Trading", "h" + hour, "s", hour(hour))));
        }
        clock.advance(DAY.multipliedBy(2));
        LegalHold hold = place(new Scope("Trading", null, hour(3), hour(5)));
        place(new Scope("Risk", null, null, null));
        assertEquals(8, remove(3).events());

        StreamSlice slice = events().readStream(StreamQuery.forwards(stream, 1));
        assertEquals(10, slice.version());
        assertEquals(4, slice.begins());
        assertEquals(List.of(4L, 5L), versions(slice));
        events().append(List.of(event("Trading", "eleventh", "s", clock.instant())));
        assertEquals(List.of(4L, 5L, 11L), versions(events().readStream(StreamQuery.forwards(stream, 1))));
        assertEquals(List.of(11L, 5L), versions(events().readStream(StreamQuery.backwards(stream, 7))));

        store().lift(hold.number(), "over", "counsel", clock.instant());
        assertEquals(2, remove(3).events());
        assertEquals(11, events().readStream(StreamQuery.forwards(stream, 1)).begins());
    }

    private static Instant hour(int hour) {
        return VirtualClock.START.plus(Duration.ofHours(hour));
    }

    private static List<Long> versions(StreamSlice slice) {
        return slice.events().stream().map(StreamEvent::version).toList();
    }

    @Test
    void a_hold_that_is_placed_on_the_way_keeps_what_is_still_there() {
        append("old-", 40);
        clock.advance(DAY.multipliedBy(2));
        Cutoffs cutoffs = cutoffs();
        long before = 0;
        for (int step = 0; step < 100 && before < 10; step++) {
            before += store().removeSome(cutoffs, 5, "tester").events();
        }
        assertEquals(10, before);
        place(new Scope("Trading", null, null, null));
        assertEquals(0, remove(cutoffs, 5).events());
        assertEquals(30, everything().size());
    }
}
