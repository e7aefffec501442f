package ai.tradesense.testkit.contract;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkedEvent.State;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
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

    void apply(ParkingChange... changes) {
        store().apply(Arrays.asList(changes));
    }

    static ParkingChange park(ParkedEvent event) {
        return new ParkingChange.Park(event);
    }

    /// An event that waits behind the head of its subject.
    static ParkedEvent follower(String group, DomainEvent event) {
        return row(group, event, State.WAITING, 0, null, List.of());
    }

    /// An event that failed once and waits for its retry.
    static ParkedEvent head(String group, DomainEvent event, Instant dueAt) {
        return row(group, event, State.WAITING, 1, dueAt, List.of(failure(1)));
    }

    static ParkedEvent dead(String group, DomainEvent event) {
        return row(group, event, State.DEAD, 4, null, List.of(failure(4)));
    }

    static ParkedEvent row(
            String group,
            DomainEvent event,
            State state,
            int attempts,
            @Nullable Instant dueAt,
            List<Failure> failures) {
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
                state,
                attempts,
                dueAt,
                NOW,
                failures);
    }

    /// Something that could not be read.
    static ParkedEvent undecodable(String place, byte[] raw) {
        return new ParkedEvent(
                0,
                GROUP,
                GROUP + "-worker",
                new OrderKey("", ""),
                "undecodable",
                place,
                null,
                raw,
                "application/octet-stream",
                State.QUARANTINED,
                0,
                null,
                NOW,
                List.of(failure(0)));
    }

    static Failure failure(int attempt) {
        return new Failure(
                attempt,
                NOW.plusSeconds(attempt),
                "java.lang.IllegalStateException",
                "attempt " + attempt + " failed: \u00fc \uD83D\uDE80\n'quoted'",
                "java.lang.IllegalStateException: attempt " + attempt + "\n\tat somewhere(Some.java:1)\n");
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
}
