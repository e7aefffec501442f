package ai.tradesense.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.store.ProjectionReport.State;
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
        projector.createTables();
        store.append(IntStream.rangeClosed(1, 10)
                .mapToObj(number -> Totals.event("a", number))
                .toList());
        step(projector);
        ProjectionReport live = report(projector);
        assertThat(live)
                .isEqualTo(new ProjectionReport("totals", ReportAgent.INSTANCE, 1, 10, null, null, clock.instant()));
        assertThat(live.state()).isEqualTo(State.LIVE);

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

        projector.close();
        assertThat(store.projections().all()).isEmpty();
    }
}
