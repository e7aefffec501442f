package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;

import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.ScheduleStore.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a [ScheduleStore] must do. Extend it, say how yours is opened and whether it survives a restart,
/// and run it.
public abstract class ScheduleStoreContract {
    private static final Instant BEGIN = Instant.parse("2026-01-05T09:00:00.123456789Z");
    private static final Instant TICK = Instant.parse("2026-01-05T09:00:05Z");

    private @Nullable ScheduleStore store;

    /// Opens the store: on nothing at first in each test, later in the same test on what it left behind.
    protected abstract ScheduleStore open() throws Exception;

    /// Closes whatever [#open] opened.
    protected abstract void close(ScheduleStore opened) throws Exception;

    /// Whether schedules are there again when the store is opened a second time; otherwise it begins empty.
    protected abstract boolean survivesRestart();

    @BeforeEach
    void openFirst() throws Exception {
        store = open();
    }

    @AfterEach
    void closeLast() throws Exception {
        ScheduleStore last = store;
        if (last != null) {
            close(last);
        }
    }

    private ScheduleStore store() {
        ScheduleStore opened = store;
        if (opened == null) {
            throw new IllegalStateException("the store is not open");
        }
        return opened;
    }

    @Test
    void a_schedule_begins_once() {
        assertEquals(Optional.empty(), store().find("report"));

        assertEquals(new Progress(BEGIN, null), store().begin("report", BEGIN));
        assertEquals(new Progress(BEGIN, null), store().begin("report", TICK));

        assertEquals(Optional.of(new Progress(BEGIN, null)), store().find("report"));
        assertEquals(BEGIN, store().begin("report", TICK).until());
    }

    @Test
    void the_newest_tick_is_kept() {
        store().begin("report", BEGIN);

        store().note("report", TICK);
        assertEquals(Optional.of(new Progress(BEGIN, TICK)), store().find("report"));

        Instant next = TICK.plusNanos(1);
        store().note("report", next);
        assertEquals(new Progress(BEGIN, next), store().begin("report", next));
        assertEquals(next, store().begin("report", next).until());
    }

    @Test
    void a_schedule_never_goes_back() {
        store().begin("report", BEGIN);
        store().note("report", TICK);

        store().note("report", TICK.minusNanos(1));
        store().note("report", TICK);

        assertEquals(Optional.of(new Progress(BEGIN, TICK)), store().find("report"));
    }

    @Test
    void a_tick_of_a_schedule_that_has_not_begun_begins_it() {
        store().note("report", TICK);

        assertEquals(Optional.of(new Progress(TICK, TICK)), store().find("report"));
    }

    @Test
    void schedules_do_not_concern_each_other() {
        store().begin("report", BEGIN);
        store().begin("sessions", TICK);
        store().note("report", TICK.plusSeconds(1));

        assertEquals(Optional.of(new Progress(BEGIN, TICK.plusSeconds(1))), store().find("report"));
        assertEquals(Optional.of(new Progress(TICK, null)), store().find("sessions"));
    }

    @Test
    void what_was_noted_is_there_after_a_restart() throws Exception {
        store().begin("report", BEGIN);
        store().note("report", TICK);
        store().begin("sessions", BEGIN);
        Optional<Progress> before = store().find("report");

        ScheduleStore first = store();
        store = null;
        close(first);
        store = open();

        assertEquals(Optional.of(new Progress(BEGIN, TICK)), before);
        assertEquals(survivesRestart() ? before : Optional.empty(), store().find("report"));
        assertEquals(
                survivesRestart() ? Optional.of(new Progress(BEGIN, null)) : Optional.empty(),
                store().find("sessions"));
    }

    @Test
    void of_ticks_noted_at_the_same_time_the_newest_is_kept() {
        List<CompletableFuture<Void>> noting = IntStream.range(0, 64)
                .mapToObj(i -> CompletableFuture.runAsync(() -> {
                    store().begin("report", BEGIN.plus(Duration.ofSeconds(i)));
                    store().note("report", TICK.plusSeconds(i * 37 % 64));
                }))
                .toList();
        noting.forEach(CompletableFuture::join);

        assertEquals(Optional.of(TICK.plusSeconds(63)), store().find("report").map(Progress::lastTick));
    }
}
