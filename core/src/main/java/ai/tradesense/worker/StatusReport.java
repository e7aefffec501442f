package ai.tradesense.worker;

import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.transport.Subscription;
import ai.tradesense.worker.WorkerStatus.State;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Says how a worker is, in the order of what an operator must know first.
final class StatusReport {
    /// How long a handler may run before it is called stuck.
    static final Duration STUCK_AFTER = Duration.ofMinutes(1);

    private static final Duration RECENTLY = Duration.ofMinutes(1);

    private final Dispatcher dispatcher;
    private final Subscription subscription;
    private final Lanes lanes;
    private final WorkerMeters meters;
    private final Silence silence;
    private final InstantSource clock;

    private volatile Counts lastCounts = new Counts(0, 0);
    private volatile long lastLag;

    StatusReport(
            Dispatcher dispatcher,
            Subscription subscription,
            Lanes lanes,
            WorkerMeters meters,
            Silence silence,
            InstantSource clock) {
        this.dispatcher = dispatcher;
        this.subscription = subscription;
        this.lanes = lanes;
        this.meters = meters;
        this.silence = silence;
        this.clock = clock;
    }

    /// Shows what operators watch among the meters.
    void gauges() {
        meters.gauge("tradesense.worker.lag", "Events stored and not yet done with", this, StatusReport::lag);
        meters.gauge(
                "tradesense.worker.in.flight",
                "Events delivered and not yet done with",
                dispatcher.room(),
                Room::inFlight);
        meters.gauge(
                "tradesense.worker.parked",
                "Events that wait for a retry or behind one",
                this,
                own -> own.counts().waiting());
        meters.gauge(
                "tradesense.dead.letters",
                "Events given up or in quarantine",
                this,
                own -> own.counts().dead());
        meters.gauge(
                "tradesense.worker.up",
                "1 if the worker can take events, 0 if not",
                dispatcher.troubles(),
                troubles -> troubles.first() == null ? 1 : 0);
        meters.gauge(
                "tradesense.worker.breaker.open",
                "1 if the circuit breaker lets nothing through, 0.5 if it tries a few events, 0 if it is closed",
                dispatcher.breaker(),
                breaker -> switch (breaker.state()) {
                    case CLOSED -> 0;
                    case HALF_OPEN -> 0.5;
                    case OPEN, FORCED_OPEN -> 1;
                });
    }

    private Counts counts() {
        return silence.ask(dispatcher::counts);
    }

    private long lag() {
        return silence.ask(subscription::lag);
    }

    private record Finding(State state, String reason) {}

    WorkerStatus status() {
        String trouble = dispatcher.troubles().first();
        try {
            lastCounts = counts();
            lastLag = lag();
        } catch (RuntimeException failure) { // what was known last is better than nothing, above all now
            trouble = String.valueOf(failure.getMessage());
        }
        Instant now = clock.instant();
        List<StuckHandler> stuck = lanes.stuck(meters.nanoTime(), STUCK_AFTER.toNanos(), now);
        Finding finding = find(trouble, stuck, now);
        WorkerSpec spec = dispatcher.spec();
        WorkerMeters.LastError lastError = meters.lastError();
        return new WorkerStatus(
                spec.name(),
                spec.group(),
                spec.filter().patterns(),
                finding.state(),
                finding.reason(),
                dispatcher.isPaused(),
                dispatcher.breaker().state(),
                lanes.concurrency(),
                spec.isReplayable(),
                lastLag,
                dispatcher.room().inFlight(),
                lastCounts.waiting(),
                lastCounts.dead(),
                meters.processed(),
                meters.failed(),
                meters.meanProcessing(),
                meters.quantile(0.99),
                lastError == null ? null : lastError.text(),
                lastError == null ? null : lastError.at(),
                dispatcher.heartbeat(),
                stuck);
    }

    private Finding find(@Nullable String trouble, List<StuckHandler> stuck, Instant now) {
        if (trouble != null) {
            return new Finding(State.DOWN, trouble + andPaused());
        }
        Duration silence = Duration.between(dispatcher.heartbeat(), now);
        if (silence.compareTo(Dispatcher.HEARTBEAT.multipliedBy(6)) > 0) {
            return new Finding(State.DOWN, "its loop has not come round for " + silence + andPaused());
        }
        if (!stuck.isEmpty()) {
            StuckHandler first = stuck.getFirst();
            return new Finding(
                    State.STALLED,
                    stuck.size() + " handlers have been running for long, one for " + first.key() + " since "
                            + first.since() + andPaused());
        }
        return dispatcher.isPaused() ? new Finding(State.PAUSED, paused()) : degraded(now);
    }

    /// What an operator who mends the worse trouble must know besides.
    private String andPaused() {
        return dispatcher.isPaused() ? ", and " + paused() : "";
    }

    private String paused() {
        return dispatcher.admission() == Admission.DRAINING ? draining() : "paused by an operator";
    }

    private String draining() {
        if (dispatcher.hasNothingAtHand()) {
            return WorkerStatus.DRAINED;
        }
        String held = dispatcher.breaker().isClosed() ? "" : ", held back by its circuit breaker";
        int atHand = dispatcher.room().inFlight();
        return "draining: " + (atHand > 0 ? atHand + " events at hand" : "a retry is under way") + held;
    }

    private Finding degraded(Instant now) {
        Breaker breaker = dispatcher.breaker();
        WorkerMeters.LastError lastError = meters.lastError();
        String last = lastError == null ? "" : ": " + lastError.text();
        return switch (breaker.state()) {
            case OPEN ->
                new Finding(State.DEGRADED, "too many events fail; tries again at " + breaker.retryAt() + last);
            case HALF_OPEN -> new Finding(State.DEGRADED, "too many events failed; tries a few" + last);
            case FORCED_OPEN -> new Finding(State.DEGRADED, "its circuit breaker was opened by an operator");
            case CLOSED -> {
                if (dispatcher.room().isFull()) {
                    yield new Finding(
                            State.DEGRADED,
                            "takes no events, because " + lastCounts.waiting() + " wait for retries already" + last);
                }
                if (lastCounts.waiting() > 0) {
                    yield new Finding(State.DEGRADED, lastCounts.waiting() + " events wait for a retry or behind one");
                }
                if (lastError != null && lastError.at().plus(RECENTLY).isAfter(now)) {
                    yield new Finding(State.DEGRADED, "failed within the last minute" + last);
                }
                yield new Finding(State.RUNNING, "");
            }
        };
    }
}
