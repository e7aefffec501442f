package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.InstanceReport;
import ai.tradesense.control.InstanceReport.WorkerReport;
import ai.tradesense.control.Order;
import ai.tradesense.control.StandingOrder;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a [ControlStore] must do. Extend it, say how yours is opened and whether it survives a restart, and
/// run it.
public abstract class ControlStoreContract {
    private static final Instant NOW = Instant.parse("2026-01-05T09:00:00.123456789Z");
    private static final Order PAUSE = new Order.Pause();
    private static final Order RESUME = new Order.Resume();

    private @Nullable ControlStore store;

    /// Opens the store: on nothing at first in each test, later in the same test on what it left behind.
    protected abstract ControlStore open() throws Exception;

    /// Closes whatever [#open] opened.
    protected abstract void close(ControlStore opened) throws Exception;

    /// Whether orders are there again when the store is opened a second time; otherwise it begins empty.
    protected abstract boolean survivesRestart();

    @BeforeEach
    void openFirst() throws Exception {
        store = open();
    }

    @AfterEach
    void closeLast() throws Exception {
        ControlStore last = store;
        if (last != null) {
            close(last);
        }
    }

    private ControlStore store() {
        ControlStore opened = store;
        if (opened == null) {
            throw new IllegalStateException("the store is not open");
        }
        return opened;
    }

    private void restart() throws Exception {
        ControlStore first = store();
        store = null;
        close(first);
        store = open();
    }

    private StandingOrder give(String worker, Order order) {
        return store().give(worker, order, "operator", NOW);
    }

    @Test
    void an_order_stands_as_it_was_given() {
        for (Order order : List.of(
                PAUSE,
                RESUME,
                new Order.Drain(),
                new Order.Concurrency(1_024),
                new Order.OpenBreaker(),
                new Order.ResetBreaker())) {
            long before = give("other", PAUSE).revision();

            StandingOrder given = store().give("margin", order, "instance-1", NOW);

            assertTrue(given.revision() > before, "its revision is greater");
            assertEquals(new StandingOrder(given.revision(), "margin", order, "instance-1", NOW), given);
            assertEquals(List.of(given), store().after(before));
        }
    }

    @Test
    void an_order_takes_the_place_of_the_one_before_of_its_topic() {
        give("margin", PAUSE);
        StandingOrder concurrency = give("margin", new Order.Concurrency(3));
        StandingOrder resumed = give("margin", RESUME);
        give("margin", new Order.OpenBreaker());
        StandingOrder reset = give("margin", new Order.ResetBreaker());

        assertEquals(List.of(concurrency, resumed, reset), store().after(0));
    }

    @Test
    void orders_to_one_worker_are_none_to_another() {
        StandingOrder margin = give("margin", PAUSE);
        StandingOrder audit = give("audit", RESUME);

        assertEquals(List.of(margin, audit), store().after(0));
    }

    @Test
    void only_orders_behind_a_revision_are_given() {
        StandingOrder first = give("margin", PAUSE);
        StandingOrder second = give("audit", PAUSE);
        StandingOrder third = give("margin", RESUME);

        assertEquals(List.of(second, third), store().after(first.revision()));
        assertEquals(List.of(third), store().after(second.revision()));
        assertEquals(List.of(), store().after(third.revision()));
    }

    @Test
    void orders_are_there_after_a_restart_and_revisions_go_on() throws Exception {
        give("margin", RESUME);
        StandingOrder paused = give("margin", PAUSE);

        restart();

        assertEquals(survivesRestart() ? List.of(paused) : List.of(), store().after(0));
        StandingOrder next = give("audit", PAUSE);
        assertEquals(survivesRestart(), next.revision() > paused.revision());
        assertEquals(List.of(next), store().after(next.revision() - 1));
    }

    @Test
    void orders_given_at_the_same_time_all_have_revisions_of_their_own() {
        List<CompletableFuture<StandingOrder>> giving = IntStream.range(0, 64)
                .mapToObj(i -> CompletableFuture.supplyAsync(() -> give("worker-" + i, PAUSE)))
                .toList();
        giving.forEach(CompletableFuture::join);

        assertEquals(
                64,
                store().after(0).stream()
                        .map(StandingOrder::revision)
                        .distinct()
                        .count());
    }

    private static InstanceReport report(String instance, Instant seenAt, WorkerReport... workers) {
        return new InstanceReport(instance, NOW, seenAt, List.of(workers));
    }

    @Test
    void what_an_instance_says_last_is_what_is_known_of_it() throws Exception {
        WorkerReport well = new WorkerReport("margin", "margin_group", "RUNNING", "");
        WorkerReport unwell = new WorkerReport("margin", "margin_group", "DEGRADED", "\"3\" of 4\nfailed");
        store().report(report("one", NOW, well), NOW);
        store().report(report("two", NOW), NOW);
        store().report(report("one", NOW.plusSeconds(5), unwell, well), NOW);

        List<InstanceReport> expected = List.of(report("one", NOW.plusSeconds(5), unwell, well), report("two", NOW));
        assertEquals(expected, store().instances());
        restart();
        assertEquals(survivesRestart() ? expected : List.of(), store().instances());
    }

    @Test
    void instances_that_end_or_were_not_seen_for_long_are_forgotten() {
        store().report(report("one", NOW), NOW);
        store().report(report("two", NOW.plusNanos(1)), NOW);
        store().report(report("three", NOW.plusSeconds(9)), NOW.plusNanos(1));
        assertEquals(
                List.of(report("three", NOW.plusSeconds(9)), report("two", NOW.plusNanos(1))), store().instances());

        store().forget("two");
        store().forget("nobody");

        assertEquals(List.of(report("three", NOW.plusSeconds(9))), store().instances());
    }
}
