package ai.tradesense.retention;

import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import ai.tradesense.retention.RetentionStatus.Run;
import ai.tradesense.retention.RetentionStore.Progress;
import ai.tradesense.runtime.Agent;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs over the log and removes a batch per step. It rests a little between two batches, so that whoever appends
/// always finds the writer free.
final class RetentionAgent implements Agent {
    private static final Duration BETWEEN_BATCHES = Duration.ofMillis(20);
    private static final Duration AFTER_FAILURE = Duration.ofSeconds(10);
    private static final Logger LOG = LoggerFactory.getLogger(RetentionAgent.class);

    private final RetentionStore store;
    private final RetentionPolicy policy;
    private final Retention.Pace pace;
    private final InstantSource clock;
    private final AtomicReference<@Nullable String> ordered = new AtomicReference<>();
    private @Nullable Cutoffs cutoffs; // of the run that is under way
    private volatile Instant wakeAt;
    private volatile @Nullable Run running;
    private volatile @Nullable Run last;

    RetentionAgent(RetentionStore store, RetentionPolicy policy, Retention.Pace pace, InstantSource clock) {
        this.store = store;
        this.policy = policy;
        this.pace = pace;
        this.clock = clock;
        this.wakeAt = clock.instant();
    }

    /// Has the next step begin a run.
    void order(String actor) {
        ordered.set(actor);
    }

    @Nullable
    Run running() {
        return running;
    }

    @Nullable
    Run last() {
        return last;
    }

    @Override
    public String name() {
        return "retention";
    }

    @Override
    public Instant wakeAt() {
        return wakeAt;
    }

    @Override
    public int doWork() {
        Instant now = clock.instant();
        boolean isDue = !now.isBefore(wakeAt);
        Run run = running;
        if (run == null) {
            String actor = ordered.getAndSet(null);
            if (actor == null && !isDue) {
                return 0;
            }
            run = new Run(actor == null ? Retention.ITSELF : actor, now, null, 0, List.of(), "");
            cutoffs = policy.at(now);
            running = run;
        } else if (!isDue) {
            return 0;
        }
        Cutoffs current = cutoffs;
        if (current != null) {
            removeSome(run, current);
        }
        return 1;
    }

    private void removeSome(Run run, Cutoffs current) {
        try {
            Progress progress = store.removeSome(current, pace.batchEvents(), run.actor());
            Instant now = clock.instant();
            long events = run.events() + progress.events();
            if (progress.isDone()) {
                last = new Run(run.actor(), run.startedAt(), now, events, progress.heldBackBy(), "");
                running = null;
                wakeAt = now.plus(pace.every());
                report(events, progress);
            } else {
                running = new Run(run.actor(), run.startedAt(), null, events, List.of(), "");
                wakeAt = progress.events() == 0 ? now : now.plus(BETWEEN_BATCHES);
            }
        } catch (RuntimeException failure) {
            String problem = String.valueOf(failure.getMessage());
            if (!problem.equals(run.problem())) {
                LOG.error("events could not be removed; trying again each {}", AFTER_FAILURE, failure);
            }
            running = new Run(run.actor(), run.startedAt(), null, run.events(), List.of(), problem);
            wakeAt = clock.instant().plus(AFTER_FAILURE);
        }
    }

    private void report(long events, Progress progress) {
        if (events > 0) {
            LOG.info("{} events were removed because they are older than {}", events, policy);
        }
        if (!progress.heldBackBy().isEmpty()) {
            LOG.warn("events that are old enough are kept because they were not passed yet: {}", progress.heldBackBy());
        }
    }
}
