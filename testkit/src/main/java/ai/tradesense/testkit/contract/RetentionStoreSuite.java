package ai.tradesense.testkit.contract;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.LegalHold.Scope;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import ai.tradesense.retention.RetentionStore;
import ai.tradesense.retention.RetentionStore.Progress;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.Log;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.testkit.VirtualClock;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// The bench on which a log stands while [RetentionStoreContract] removes events from it. Of the domain Trading they
/// are kept for a day, of others for ever.
abstract class RetentionStoreSuite {
    static final Duration DAY = Duration.ofDays(1);
    static final RetentionPolicy TRADING_FOR_A_DAY = RetentionPolicy.KEEP_EVERYTHING.with("Trading", DAY);

    final VirtualClock clock = new VirtualClock();
    private @Nullable Log log;

    /// Opens the log: on nothing at first in each test, later in the same test on what it left behind.
    ///
    /// @param clock what it goes by
    protected abstract Log open(InstantSource clock) throws Exception;

    /// Closes whatever [#open] opened.
    protected abstract void close(Log opened) throws Exception;

    @BeforeEach
    void openFirst() throws Exception {
        log = open(clock);
    }

    @AfterEach
    void closeLast() throws Exception {
        Log last = log;
        if (last != null) {
            close(last);
        }
    }

    final Log log() {
        Log opened = log;
        if (opened == null) {
            throw new IllegalStateException("the log is not open");
        }
        return opened;
    }

    final RetentionStore store() {
        return log().retention();
    }

    final EventStore events() {
        return log().events();
    }

    final void restart() throws Exception {
        close(log());
        log = null;
        log = open(clock);
    }

    static DomainEvent event(String domain, String id, String subject, Instant time) {
        return DomainEvent.builder(EventType.parse(domain + ".Order.Placed.v1"))
                .id(id)
                .source(URI.create("/kept"))
                .subject(subject)
                .time(time)
                .data(Payload.json(("{\"secret\":\"" + id + "\"}").getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    static DomainEvent event(String domain, String id, String subject) {
        return event(domain, id, subject, VirtualClock.START);
    }

    /// Appends batches of four, of Trading and Risk in turns and of five subjects, with ids `prefix0` and so on.
    final List<DomainEvent> append(String prefix, int events) {
        List<DomainEvent> appended = new ArrayList<>();
        for (int first = 0; first < events; first += 4) {
            List<DomainEvent> batch = new ArrayList<>();
            for (int each = first; each < Math.min(events, first + 4); each++) {
                batch.add(event(each % 2 == 0 ? "Trading" : "Risk", prefix + each, "account-" + each % 5));
            }
            events().append(batch);
            appended.addAll(batch);
        }
        return appended;
    }

    /// What is old enough to be removed now.
    final Cutoffs cutoffs() {
        return TRADING_FOR_A_DAY.at(clock.instant());
    }

    /// What came of removing.
    record Removed(long events, List<ReaderPosition> heldBackBy) {}

    final Removed remove(int batch) {
        return remove(cutoffs(), batch);
    }

    /// Removes what may be removed, so many at a time.
    final Removed remove(Cutoffs cutoffs, int batch) {
        Progress progress = store().removeSome(cutoffs, batch, "tester");
        long events = progress.events();
        while (!progress.isDone()) {
            progress = store().removeSome(cutoffs, batch, "tester");
            events += progress.events();
        }
        return new Removed(events, progress.heldBackBy());
    }

    final List<StoredEvent> everything() {
        return events().read(0, EventQuery.ALL, 1_000).events();
    }

    final List<String> ids() {
        return everything().stream().map(stored -> stored.event().id()).toList();
    }

    final LegalHold place(Scope scope) {
        return store().place(scope, "a reason", "counsel", clock.instant());
    }
}
