package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.retention.LegalHold.Scope;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionConflictException;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.retention.RetentionRecord;
import ai.tradesense.retention.RetentionRecord.Kind;
import ai.tradesense.retention.RetentionReport;
import ai.tradesense.retention.RetentionReport.DomainShare;
import ai.tradesense.retention.RetentionReport.HeldShare;
import ai.tradesense.store.ExpectedVersion;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.StreamSlice.StreamEvent;
import ai.tradesense.store.WrongExpectedVersionException;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// What a [ai.tradesense.retention.RetentionStore] must do, and the log with it from which it removes events: it is
/// durable, which is not asked. Extend it, say how yours is opened, and run it.
public abstract class RetentionStoreContract extends RetentionStoreHolds {
    @Test
    void what_is_old_enough_of_a_domain_goes_and_everything_else_stays_where_it_was() throws Exception {
        List<DomainEvent> old = append("old-", 60);
        clock.advance(DAY.plusSeconds(1));
        append("young-", 20);
        List<StoredEvent> left = everything().stream()
                .filter(stored ->
                        stored.position() > 60 || stored.event().type().domain().equals("Risk"))
                .toList();

        assertEquals(30, remove(7).events());

        for (int opened = 0; opened < 2; opened++) {
            assertEquals(left, everything());
            assertEquals(80, events().head());
            assertEquals(50, events().count());
            assertEquals(30, store().removed());
            assertTrue(events().find(old.getFirst().id()).isEmpty());
            assertTrue(events().find(old.get(1).id()).isPresent());
            assertEquals(0, remove(7).events());
            restart();
        }
        append("more-", 4);
        assertEquals(84, everything().getLast().position());
    }

    @Test
    void what_was_removed_is_recorded_with_who_why_and_where() {
        append("old-", 60);
        clock.advance(DAY.plusSeconds(1));
        remove(7);

        List<RetentionRecord> records = store().records(100);
        assertEquals(
                Collections.nCopies(5, Kind.REMOVED),
                records.stream().map(RetentionRecord::kind).toList());
        assertEquals("tester", records.getLast().actor());
        assertEquals(TRADING_FOR_A_DAY.toString(), records.getLast().reason());
        assertEquals(Map.of("Trading", 7L), records.getLast().byDomain());
        assertEquals(1, records.getLast().firstPosition());
        assertEquals(59, records.getFirst().lastPosition());
        assertEquals(List.of(records.getFirst()), store().records(1));
    }

    @Test
    void published_again_a_removed_event_is_still_the_same_event() throws Exception {
        List<DomainEvent> old = append("old-", 20);
        clock.advance(DAY.multipliedBy(2));
        assertEquals(10, remove(100).events());
        for (int opened = 0; opened < 2; opened++) {
            List<Published> again = log().transport().send(old);
            assertEquals(20, again.size());
            assertTrue(again.stream().allMatch(Published::duplicate), "all are duplicates");
            assertEquals(20, events().head());
            restart();
        }
        DomainEvent otherSource = DomainEvent.builder(old.getFirst().type())
                .id(old.getFirst().id())
                .source(java.net.URI.create("/other"))
                .subject("account-0")
                .time(old.getFirst().time())
                .data(old.getFirst().data())
                .build();
        assertEquals(List.of(new Published(otherSource.id(), false)), events().append(List.of(otherSource)));
    }

    @Test
    void a_reader_that_said_where_it_is_keeps_what_is_behind_that_until_it_is_released() throws Exception {
        append("old-", 40);
        clock.advance(DAY.multipliedBy(2));
        events().keepBehind("balances", 10);
        restart();
        Removed removed = remove(100);
        assertEquals(5, removed.events());
        assertEquals(List.of(new ReaderPosition(ReaderPosition.Kind.READER, "balances", 10)), removed.heldBackBy());
        events().keepBehind("balances", 20);
        assertEquals(5, remove(100).events());
        events().release("balances");
        events().release("balances");
        assertEquals(10, remove(100).events());
        assertEquals(List.of(), store().readers());
    }

    @Test
    void a_group_that_has_gone_for_good_is_waited_for_until_it_is_forgotten() {
        append("old-", 40);
        clock.advance(DAY.multipliedBy(2));
        Instant now = clock.instant();
        ReaderPosition.Kind group = ReaderPosition.Kind.GROUP;
        GroupMembership membership = new GroupMembership("gone", Set.of("Risk"), StartFrom.BEGINNING, 1_000_000);
        try (Subscription member = log().transport().subscribe(membership, () -> {})) {
            member.poll(10);
            RetentionConflictException active =
                    assertThrows(RetentionConflictException.class, () -> store().forget(group, "gone", "ines", now));
            assertTrue(String.valueOf(active.getMessage()).contains("gone"), "the group is named");
        }
        assertEquals(0, remove(10).events());
        assertThrows(NoSuchElementException.class, () -> store().forget(group, "nobody", "ines", now));
        store().forget(group, "gone", "ines", now);
        assertEquals(20, remove(10).events());
        RetentionRecord first = store().records(100).getLast();
        assertEquals(Kind.READER_FORGOTTEN, first.kind());
        assertTrue(first.reason().startsWith("group gone at position "), first.reason());
    }

    @Test
    void a_dry_run_says_what_would_go_and_changes_nothing() {
        append("one-", 20);
        Instant first = clock.instant();
        clock.advance(Duration.ofHours(1));
        append("two-", 20);
        Instant second = clock.instant();
        clock.advance(DAY.multipliedBy(2));
        append("young-", 20);
        long hold = place(new Scope("Trading", "account-0", null, null)).number();

        RetentionReport report = store().examine(cutoffs());
        assertEquals(List.of(new DomainShare("Trading", 16, first, second)), report.removable());
        assertEquals(List.of(new HeldShare(hold, 4)), report.held());
        assertEquals(List.of(), report.blocked());
        assertEquals(60, everything().size());
        assertEquals(report.events(), remove(100).events());

        RetentionPolicy everything = new RetentionPolicy(Map.of(), Set.of("Trading"), DAY);
        assertEquals(
                List.of(new DomainShare("Risk", 20, first, second)),
                store().examine(everything.at(clock.instant())).removable());
    }

    @Test
    void versions_of_streams_mean_what_they_meant() throws Exception {
        OrderKey stream = new OrderKey("Trading", "account-0");
        append("old-", 60); // of which 6 are of the stream
        clock.advance(DAY.multipliedBy(2));
        append("young-", 20); // and 2
        remove(4);
        for (int opened = 0; opened < 2; opened++) {
            StreamSlice slice = events().readStream(StreamQuery.forwards(stream, 1));
            assertEquals(8, slice.version());
            assertEquals(7, slice.begins());
            assertEquals(List.of(7L, 8L), versions(slice));
            assertEquals(List.of(8L, 7L), versions(events().readStream(StreamQuery.backwards(stream, 5))));
            restart();
        }
        WrongExpectedVersionException none =
                assertThrows(WrongExpectedVersionException.class, () -> append(stream, ExpectedVersion.none(), "x"));
        assertEquals(8, none.actual());
        assertThrows(WrongExpectedVersionException.class, () -> append(stream, ExpectedVersion.exactly(2), "x"));
        append(stream, ExpectedVersion.exactly(8), "ninth");
        assertEquals(List.of(9L), versions(events().readStream(StreamQuery.forwards(stream, 9))));

        clock.advance(DAY.multipliedBy(2));
        remove(100);
        assertEquals(new StreamSlice(stream, 9, 10, List.of()), events().readStream(StreamQuery.forwards(stream, 1)));
        append(stream, ExpectedVersion.exactly(9), "tenth");
        assertEquals(List.of(10L), versions(events().readStream(StreamQuery.forwards(stream, 1))));
    }

    private void append(OrderKey stream, ExpectedVersion expected, String id) {
        DomainEvent event = event(stream.domain(), id, stream.subject());
        events().appendStreams(List.of(new StreamAppend(stream, expected, List.of(event))));
    }

    private static List<Long> versions(StreamSlice slice) {
        return slice.events().stream().map(StreamEvent::version).toList();
    }
}
