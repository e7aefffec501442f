package ai.tradesense.testkit.contract;

import ai.tradesense.store.EventStore;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// The bench on which an event store stands while [EventStoreContract] tests it.
abstract class EventStoreSuite {
    final EventFactory events = new EventFactory();
    private @Nullable EventStore store;

    /// Opens the store: on nothing at first in each test, later in the same test on what it left behind.
    protected abstract EventStore open() throws Exception;

    /// Closes whatever [#open] opened.
    protected abstract void close(EventStore opened) throws Exception;

    /// Whether events are there again when the store is opened a second time; otherwise it begins empty.
    protected abstract boolean survivesRestart();

    /// How long the tests wait at most for what has to happen.
    protected Duration patience() {
        return Duration.ofSeconds(20);
    }

    @BeforeEach
    void openFirst() throws Exception {
        store = open();
    }

    @AfterEach
    void closeLast() throws Exception {
        EventStore last = store;
        if (last != null) {
            close(last);
        }
    }

    EventStore store() {
        EventStore opened = store;
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
}
