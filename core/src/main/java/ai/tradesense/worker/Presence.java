package ai.tradesense.worker;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.InstanceReport;
import ai.tradesense.control.InstanceReport.WorkerReport;
import ai.tradesense.runtime.Agent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Shows all instances that this one lives and how its workers are. A store that fails makes it look dead to others and
/// concerns no events.
final class Presence implements Agent {
    /// How often an instance shows that it lives.
    static final Duration EVERY = Duration.ofSeconds(5);

    /// After how long an instance that was not heard of is taken for dead.
    static final Duration DEAD_AFTER = EVERY.multipliedBy(3);

    /// For how long an instance that ended without a word is remembered.
    static final Duration REMEMBERED = Duration.ofDays(1);

    private static final Logger LOG = LoggerFactory.getLogger(Presence.class);

    private final ControlStore store;
    private final InstantSource clock;
    private final String instance;
    private final Supplier<List<WorkerStatus>> workers;
    private final Instant startedAt;
    private volatile Rest rest = Rest.NONE;
    private boolean failing; // touched by its own thread alone

    Presence(ControlStore store, InstantSource clock, String instance, Supplier<List<WorkerStatus>> workers) {
        this.store = store;
        this.clock = clock;
        this.instance = instance;
        this.workers = workers;
        this.startedAt = clock.instant();
    }

    @Override
    public String name() {
        return "presence";
    }

    @Override
    public Instant wakeAt() {
        return rest.until();
    }

    @Override
    public int doWork() {
        Instant now = clock.instant();
        if (rest.lasts(now)) {
            return 0;
        }
        rest = Rest.of(EVERY, now);
        try {
            store.report(new InstanceReport(instance, startedAt, now, workerReports()), now.minus(REMEMBERED));
            failing = false;
        } catch (RuntimeException failure) {
            if (!failing) {
                LOG.warn("instance {} cannot show that it lives", instance, failure);
            }
            failing = true;
        }
        return 0;
    }

    private List<WorkerReport> workerReports() {
        return workers.get().stream()
                .map(worker -> new WorkerReport(
                        worker.name(), worker.group(), worker.state().name(), worker.reason()))
                .toList();
    }

    /// Those who live, and those that ended without a word not long ago.
    List<InstanceStatus> instances() {
        Instant since = clock.instant().minus(DEAD_AFTER);
        return store.instances().stream()
                .map(report -> new InstanceStatus(report, report.seenAt().isAfter(since)))
                .toList();
    }

    /// Whether another instance that lives has a worker.
    boolean isElsewhere(String worker) {
        return instances().stream()
                .anyMatch(status -> status.alive()
                        && !status.report().instance().equals(instance)
                        && status.report().workers().stream()
                                .anyMatch(report -> report.name().equals(worker)));
    }

    /// The instance ends.
    void end() {
        try {
            store.forget(instance);
        } catch (RuntimeException failure) {
            LOG.warn("instance {} ends without a word to others", instance, failure);
        }
    }
}
