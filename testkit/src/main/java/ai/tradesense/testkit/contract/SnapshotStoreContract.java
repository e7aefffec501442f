package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.events.OrderKey;
import ai.tradesense.store.SnapshotStore;
import ai.tradesense.store.SnapshotStore.Snapshot;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a [SnapshotStore] must do. Extend it, say how yours is opened and whether it survives a restart, and
/// run it.
public abstract class SnapshotStoreContract {
    private static final OrderKey STREAM = new OrderKey("Trading", "account");

    private @Nullable SnapshotStore store;

    /// Opens the store: on nothing at first in each test, later in the same test on what it left behind.
    protected abstract SnapshotStore open() throws Exception;

    /// Closes whatever [#open] opened.
    protected abstract void close(SnapshotStore opened) throws Exception;

    /// Whether snapshots are there again when the store is opened a second time; otherwise it begins empty.
    protected abstract boolean survivesRestart();

    @BeforeEach
    void openFirst() throws Exception {
        store = open();
    }

    @AfterEach
    void closeLast() throws Exception {
        SnapshotStore last = store;
        if (last != null) {
            close(last);
        }
    }

    private SnapshotStore store() {
        SnapshotStore opened = store;
        if (opened == null) {
            throw new IllegalStateException("the store is not open");
        }
        return opened;
    }

    private static Snapshot snapshot(OrderKey stream, String aggregate, String form, long version, String state) {
        return new Snapshot(stream, aggregate, form, version, state.getBytes(StandardCharsets.UTF_8));
    }

    private void assertKept(Snapshot expected) {
        Snapshot found =
                store().find(expected.stream(), expected.aggregate()).orElseThrow(() -> new AssertionError("none"));
        assertEquals(expected.stream(), found.stream());
        assertEquals(expected.aggregate(), found.aggregate());
        assertEquals(expected.form(), found.form());
        assertEquals(expected.version(), found.version());
        assertArrayEquals(expected.state(), found.state());
    }

    @Test
    void a_snapshot_comes_back_as_it_was_kept() {
        assertTrue(store().find(STREAM, "account").isEmpty());

        Snapshot kept = snapshot(STREAM, "account", "account.v1", 1L << 40, "{\"name\":\"Zoë 🙂\"}");
        store().save(kept);

        assertKept(kept);
    }

    @Test
    void the_last_one_that_was_kept_takes_the_place_of_the_one_before_whatever_its_version() {
        store().save(snapshot(STREAM, "account", "account.v1", 10, "{\"at\":10}"));
        Snapshot older = snapshot(STREAM, "account", "account.v2", 9, "{\"at\":9}");

        store().save(older);

        assertKept(older);
    }

    @Test
    void streams_have_snapshots_of_their_own() {
        Snapshot first = snapshot(STREAM, "account", "v1", 1, "1");
        Snapshot ofAnotherSubject = snapshot(new OrderKey("Trading", "other"), "account", "v1", 2, "2");
        Snapshot ofAnotherDomain = snapshot(new OrderKey("Risk", "account"), "account", "v1", 3, "3");

        store().save(first);
        store().save(ofAnotherSubject);
        store().save(ofAnotherDomain);

        assertKept(first);
        assertKept(ofAnotherSubject);
        assertKept(ofAnotherDomain);
        assertTrue(store().find(new OrderKey("Risk", "other"), "account").isEmpty());
    }

    @Test
    void two_aggregates_of_a_stream_have_snapshots_of_their_own() {
        Snapshot orders = snapshot(STREAM, "orders", "v1", 1, "1");
        Snapshot positions = snapshot(STREAM, "positions", "v1", 2, "2");

        store().save(orders);
        store().save(positions);

        assertKept(orders);
        assertKept(positions);
        assertTrue(store().find(STREAM, "order").isEmpty());
    }

    @Test
    void a_large_state_is_kept_whole() {
        char[] letters = new char[2_000_000];
        Arrays.fill(letters, 'x');
        Snapshot large = snapshot(STREAM, "account", "v1", 1, new String(letters));

        store().save(large);

        assertKept(large);
    }

    @Test
    void a_restart_keeps_snapshots_if_the_store_survives_it() throws Exception {
        Snapshot kept = snapshot(STREAM, "account", "v1", 1, "{}");
        store().save(kept);
        assertKept(kept);

        close(store());
        store = null;
        store = open();

        if (survivesRestart()) {
            assertKept(kept);
        } else {
            assertTrue(store().find(STREAM, "account").isEmpty());
        }
    }
}
