package ai.tradesense.transaction;

import ai.tradesense.runtime.Agent;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.store.ProjectionReports;
import ai.tradesense.store.StoreException;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Says in the store how a projection is, for those who look after it. If that fails it looks silent to them, and
/// concerns no events.
final class ReportAgent implements Agent {
    /// How often a process says it.
    static final Duration EVERY = Duration.ofSeconds(5);

    /// For how long what a process said is kept that ended without a word.
    static final Duration REMEMBERED = Duration.ofDays(1);

    /// This process among all that share the store.
    static final String INSTANCE = ManagementFactory.getRuntimeMXBean().getName();

    private static final Logger LOG = LoggerFactory.getLogger(ReportAgent.class);

    private final Projection projection;
    private final ProjectionReports reports;
    private final Supplier<Projector.Status> status;
    private final InstantSource clock;
    private volatile Instant nextAt = Instant.MIN;
    private volatile Projector.@Nullable Status last;
    private long position; // touched by its own thread alone, as what follows is
    private boolean failing;

    ReportAgent(
            Projection projection, ProjectionReports reports, Supplier<Projector.Status> status, InstantSource clock) {
        this.projection = projection;
        this.reports = reports;
        this.status = status;
        this.clock = clock;
    }

    @Override
    public String name() {
        return "report-of-projection-" + projection.name();
    }

    @Override
    public Instant wakeAt() {
        return nextAt;
    }

    @Override
    public int doWork() {
        Instant now = clock.instant();
        if (now.isBefore(nextAt)) {
            return 0;
        }
        nextAt = now.plus(EVERY);
        try {
            reports.report(report(now), now.minus(REMEMBERED));
            failing = false;
        } catch (RuntimeException failure) {
            if (!failing) {
                LOG.warn("{} cannot be given", name(), failure);
            }
            failing = true;
        }
        return 0;
    }

    private ProjectionReport report(Instant now) {
        try {
            Projector.Status found = status.get();
            last = found;
            position = found.position();
            return new ProjectionReport(
                    projection.name(),
                    INSTANCE,
                    found.live().version(),
                    position,
                    found.trouble(),
                    found.rebuild() == null ? null : rebuild(found.rebuild()),
                    now);
        } catch (StoreException silent) { // its database or the store
            last = null;
            return new ProjectionReport(
                    projection.name(),
                    INSTANCE,
                    projection.version(),
                    position,
                    String.valueOf(silent.getMessage()),
                    null,
                    now);
        }
    }

    /// How it was when it was looked at last; null if that could not be known.
    Projector.@Nullable Status last() {
        return last;
    }

    private static ProjectionReport.Rebuild rebuild(Projector.Rebuild found) {
        return new ProjectionReport.Rebuild(
                found.made().version(), found.position(), found.target(), found.eventsPerSecond(), found.trouble());
    }

    /// The projector ends.
    void end() {
        try {
            reports.forget(projection.name(), INSTANCE);
        } catch (StoreException failure) {
            LOG.warn("{} ends without a word", name(), failure);
        }
    }
}
