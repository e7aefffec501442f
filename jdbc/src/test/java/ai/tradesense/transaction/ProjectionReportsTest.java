package ai.tradesense.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionOrder.Given;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.store.ProjectionReport.State;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a projector says of itself in the store, for those who look after it.
class ProjectionReportsTest {
    @TempDir
    Path folder;

    private Instant now = Instant.parse("2026-01-05T09:00:00Z");
    private final InstantSource clock = () -> now;
    private final MemoryEventStore store = new MemoryEventStore(clock);

    private ProjectionReport report(Projector projector) throws InterruptedException {
        now = now.plus(ReportAgent.EVERY);
        projector.reporting().doWork();
        return store.projections().all().getFirst();
    }

    private void step(Projector projector) throws InterruptedException {
        now = now.plusSeconds(2);
        projector.live().doWork();
    }

    @Test
    void it_says_where_it_is_what_it_does_and_why_it_stands_still_until_it_ends() throws Exception {
        AtomicBoolean poisonous = new AtomicBoolean();
        Totals totals = new Totals(1, event -> {
            if (poisonous.get()) {
                throw new IllegalStateException("no such account");
            }
        });
        Projector projector = new Projector(
                totals,
                store,
                TestDatabases.sqlite(folder.resolve("application.db")),
                Duration.ofSeconds(30),
                Duration.ZERO,
                clock);
        MeterRegistry meters = new SimpleMeterRegistry();
        projector.bindTo(meters);
        assertThat(gauge(meters, "lag")).isNaN();
        projector.createTables();
        store.append(IntStream.rangeClosed(1, 10)
                .mapToObj(number -> Totals.event("a", number))
                .toList());
        step(projector);
        ProjectionReport live = report(projector);
        assertThat(live)
                .isEqualTo(new ProjectionReport("totals", ReportAgent.INSTANCE, 1, 10, null, null, clock.instant()));
        assertThat(live.state()).isEqualTo(State.LIVE);
        assertThat(gauge(meters, "lag")).isZero();
        assertThat(gauge(meters, "up")).isOne();

        projector.rebuild(40);
        projector.rebuilding().doWork();
        ProjectionReport rebuilding = report(projector);
        assertThat(rebuilding.state()).isEqualTo(State.REBUILDING);
        assertThat(rebuilding.rebuild()).isEqualTo(new ProjectionReport.Rebuild(1, 10, 10, 40, null));

        poisonous.set(true);
        store.append(java.util.List.of(Totals.event("a", 11)));
        step(projector);
        ProjectionReport stopped = report(projector);
        assertThat(stopped.state()).isEqualTo(State.STOPPED);
        assertThat(stopped.reason()).contains("position 11", "no such account");
        assertThat(gauge(meters, "lag")).isOne();
        assertThat(gauge(meters, "up")).isZero();

        projector.close();
        assertThat(store.projections().all()).isEmpty();
        assertThat(meters.getMeters()).isEmpty();
    }

    private static double gauge(MeterRegistry meters, String name) {
        return meters.get("tradesense.projection." + name)
                .tag("projection", "totals")
                .gauge()
                .value();
    }

    @Test
    void what_is_ordered_of_it_in_the_store_is_done_once_and_what_makes_no_sense_is_refused_with_the_reason()
            throws Exception {
        try (Projector projector = new Projector(
                new Totals(),
                store,
                TestDatabases.sqlite(folder.resolve("application.db")),
                Duration.ofSeconds(30),
                Duration.ZERO,
                clock)) {
            projector.createTables();
            store.append(java.util.List.of(Totals.event("a", 1)));

            assertThat(ordered(projector, new ProjectionOrder.Rebuild(40)))
                    .returns(ProjectionOrder.State.DONE, Given::state)
                    .returns(ReportAgent.INSTANCE, Given::takenBy);
            assertThat(projector.status().rebuild().eventsPerSecond()).isEqualTo(40);
            now = now.plus(OrderAgent.EVERY);
            projector.ordered().doWork();
            assertThat(store.projections().orders("totals"))
                    .singleElement()
                    .returns(ProjectionOrder.State.DONE, Given::state);
            assertThat(ordered(projector, new ProjectionOrder.Rebuild(50)))
                    .returns(ProjectionOrder.State.REFUSED, Given::state)
                    .satisfies(given -> assertThat(given.outcome()).contains("is being made already"));
            assertThat(ordered(projector, new ProjectionOrder.PassOver(1, "it is fine")))
                    .returns(ProjectionOrder.State.REFUSED, Given::state)
                    .satisfies(given -> assertThat(given.outcome()).contains("position 1"));
            assertThat(ordered(projector, new ProjectionOrder.CancelRebuild()))
                    .returns("the rebuild was given up", Given::outcome);
            assertThat(projector.status().rebuild()).isNull();
        }
    }

    private Given ordered(Projector projector, ProjectionOrder order) {
        store.projections().order("totals", order, "alice", now);
        now = now.plus(OrderAgent.EVERY);
        projector.ordered().doWork();
        return store.projections().orders("totals").getFirst();
    }
}
