package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.State;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// The bench on which a parking store stands while [ParkingStoreContract] tests it.
abstract class ParkingStoreSuite {
    static final String GROUP = "group";
    static final Instant NOW = Instant.parse("2026-01-05T09:00:00.123456789Z");
    static final OrderKey KEY = new OrderKey("Trading", "account");

    static final DeadLetterQuery ALL = query(null, null, null, null, 1_000);

    final EventFactory events = new EventFactory();
    private @Nullable ParkingStore store;

    /// Opens the store: on nothing at first in each test, later in the same test on what it left behind.
    protected abstract ParkingStore open() throws Exception;

    /// Closes whatever [#open] opened.
    protected abstract void close(ParkingStore opened) throws Exception;

    /// Whether parked events are there again when the store is opened a second time; otherwise it begins empty.
    protected abstract boolean survivesRestart();

    @BeforeEach
    void openFirst() throws Exception {
        store = open();
    }

    @AfterEach
    void closeLast() throws Exception {
        ParkingStore last = store;
        if (last != null) {
            close(last);
        }
    }

    ParkingStore store() {
        ParkingStore opened = store;
        if (opened == null) {
            throw new IllegalStateException("the store is not open");
        }
        return opened;
    }

    void restart() throws Exception {
        close(store());
        store = null;
        store = open();
    }

    int apply(ParkingChange... changes) {
        return store().apply(Arrays.asList(changes));
    }

    static ParkingChange park(ParkedEvent event) {
        return new ParkingChange.Park(event);
    }

    /// An event that waits behind the head of its subject.
    static ParkedEvent follower(String group, DomainEvent event) {
        return row(group, event, Progress.FOLLOWER, List.of());
    }

    /// An event that failed once and waits for its retry.
    static ParkedEvent head(String group, DomainEvent event, Instant dueAt) {
        return row(group, event, Progress.failing(1, NOW.plusSeconds(1), dueAt), List.of(failure(1)));
    }

    static ParkedEvent dead(String group, DomainEvent event) {
        return row(
                group,
                event,
                Progress.given(State.DEAD, 4, NOW.plusSeconds(4), Followers.RELEASE),
                List.of(failure(4)));
    }

    static ParkedEvent row(String group, DomainEvent event, Progress progress, List<Failure> failures) {
        return new ParkedEvent(
                0,
                group,
                group + "-worker",
                event.orderKey(),
                event.source().toString(),
                event.id(),
                event,
                null,
                null,
                progress,
                NOW,
                failures);
    }

    /// How far an event has come whose first attempt failed a second after [#NOW] and the newest one just before.
    static Progress failing(int attempts, Instant dueAt) {
        return Progress.failing(attempts, NOW.plusSeconds(1), dueAt);
    }

    /// A dead letter that failed for the first time at the time of one attempt and was given up after another.
    static Progress given(int firstAttempt, int attempts, Followers followers) {
        return Progress.given(State.DEAD, attempts, NOW.plusSeconds(firstAttempt), followers);
    }

    /// Something that could not be read.
    static ParkedEvent undecodable(String place, byte[] raw) {
        return undecodable(place, raw, "application/octet-stream");
    }

    static ParkedEvent undecodable(String place, byte[] raw, String contentType) {
        return new ParkedEvent(
                0,
                GROUP,
                GROUP + "-worker",
                new OrderKey("", ""),
                "undecodable",
                place,
                null,
                raw,
                contentType,
                Progress.given(State.QUARANTINED, 0, NOW, Followers.RELEASE),
                NOW,
                List.of(failure(0)));
    }

    static Failure failure(int attempt) {
        return failure(attempt, "0123456789abcdef");
    }

    static Failure failure(int attempt, String cause) {
        return new Failure(
                attempt,
                NOW.plusSeconds(attempt),
                "java.lang.IllegalStateException",
                "attempt " + attempt + " failed: \u00fc \uD83D\uDE80\n'quoted'",
                "java.lang.IllegalStateException: attempt " + attempt + "\n\tat somewhere(Some.java:1)\n",
                cause);
    }

    List<ParkedEvent> waiting(OrderKey key) {
        return store().head(GROUP, key, 1_000);
    }

    /// The sequence that the store gave to an event.
    long sequenceOf(DomainEvent event) {
        return store().head(GROUP, event.orderKey(), 1_000).stream()
                .filter(row -> row.id().equals(event.id()))
                .collect(Collectors.collectingAndThen(Collectors.toList(), rows -> {
                    if (rows.size() != 1) {
                        throw new AssertionError(event + " should wait once, and waits " + rows.size() + " times");
                    }
                    return rows.getFirst().sequence();
                }));
    }

    static List<String> ids(List<ParkedEvent> rows) {
        return rows.stream().map(ParkedEvent::id).toList();
    }

    static DeadLetterQuery query(
            @Nullable String worker,
            @Nullable String type,
            @Nullable String subject,
            @Nullable Long before,
            int limit) {
        return new DeadLetterQuery(worker, type, subject, before, limit);
    }

    ParkedEvent found(long sequence) {
        return store().find(sequence)
                .orElseThrow(() -> new AssertionError("nothing is parked with the sequence " + sequence));
    }

    /// That a row is what it was made from, but for the sequence.
    static void assertSame(ParkedEvent expected, ParkedEvent row) {
        assertEquals(expected.group(), row.group());
        assertEquals(expected.worker(), row.worker());
        assertEquals(expected.key(), row.key());
        assertEquals(expected.source(), row.source());
        assertEquals(expected.id(), row.id());
        DomainEvent event = expected.event();
        if (event == null) {
            assertEquals(null, row.event());
        } else {
            Expect.sameEvent(event, row.event());
        }
        assertArrayEquals(expected.raw(), row.raw());
        assertEquals(expected.contentType(), row.contentType());
        assertEquals(expected.progress(), row.progress());
        assertEquals(expected.parkedAt(), row.parkedAt());
        assertEquals(expected.failures(), row.failures());
    }
}
