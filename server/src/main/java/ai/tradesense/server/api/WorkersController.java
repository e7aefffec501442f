package ai.tradesense.server.api;

import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.worker.StuckHandler;
import ai.tradesense.worker.WorkerRegistry;
import ai.tradesense.worker.WorkerStatus;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;

/// The workers and how they are.
@RestController
final class WorkersController {
    private static final int MAX_SUBJECTS = 1_024;

    private final WorkerRegistry workers;
    private final Pulse pulse;

    WorkersController(WorkerRegistry workers, Pulse pulse) {
        this.workers = workers;
        this.pulse = pulse;
    }

    record WorkerList(List<WorkerEntry> workers) {}

    /// A worker as the API shows it, see [WorkerStatus].
    record WorkerEntry(
            String name,
            String group,
            Set<String> subscribesTo,
            WorkerStatus.State state,
            String reason,
            boolean paused,
            WorkerStatus.BreakerState breaker,
            int concurrency,
            boolean replayable,
            long lag,
            long inFlight,
            long parked,
            long deadLetters,
            long processed,
            long failed,
            double processedPerSecond,
            double failedPerSecond,
            double meanProcessingMillis,
            @Nullable String lastError,
            @Nullable Instant lastErrorAt,
            Instant heartbeat,
            List<StuckEntry> stuck) {

        static WorkerEntry of(WorkerStatus status, RateHistory.Rates rates) {
            return new WorkerEntry(
                    status.name(),
                    status.group(),
                    status.subscribesTo(),
                    status.state(),
                    status.reason(),
                    status.isPaused(),
                    status.breaker(),
                    status.concurrency(),
                    status.isReplayable(),
                    status.lag(),
                    status.inFlight(),
                    status.parked(),
                    status.deadLetters(),
                    status.processed(),
                    status.failed(),
                    rates.processedPerSecond(),
                    rates.failedPerSecond(),
                    status.meanProcessing().toNanos() / 1e6,
                    status.lastError(),
                    status.lastErrorAt(),
                    status.heartbeat(),
                    status.stuck().stream().map(StuckEntry::of).toList());
        }
    }

    /// A handler that has been running for long, see [StuckHandler].
    record StuckEntry(String task, String key, Instant since, List<String> stack) {
        static StuckEntry of(StuckHandler handler) {
            return new StuckEntry(
                    handler.task(),
                    handler.key(),
                    handler.since(),
                    handler.stack().stream().map(StackTraceElement::toString).toList());
        }
    }

    @GetMapping(path = "/api/v1/workers", produces = "application/json")
    WorkerList all() {
        return new WorkerList(workers.workers().stream().map(this::entry).toList());
    }

    @GetMapping(path = "/api/v1/workers/{name}", produces = "application/json")
    WorkerEntry one(@PathVariable String name) {
        return workers.worker(name).map(this::entry).orElseThrow(() -> notFound(name));
    }

    @PostMapping(path = "/api/v1/workers/{name}/pause", produces = "application/json")
    ResponseEntity<WorkerEntry> pause(@PathVariable String name) {
        return change(name, workers::pause);
    }

    @PostMapping(path = "/api/v1/workers/{name}/drain", produces = "application/json")
    ResponseEntity<WorkerEntry> drain(@PathVariable String name) {
        return change(name, workers::drain);
    }

    @PostMapping(path = "/api/v1/workers/{name}/resume", produces = "application/json")
    ResponseEntity<WorkerEntry> resume(@PathVariable String name) {
        return change(name, workers::resume);
    }

    @PostMapping(path = "/api/v1/workers/{name}/concurrency", produces = "application/json")
    ResponseEntity<WorkerEntry> concurrency(@PathVariable String name, HttpServletRequest request) {
        Long subjects = QueryParameters.of(request, "subjects").number("subjects", 1, MAX_SUBJECTS);
        if (subjects == null) {
            throw ProblemException.parameter("subjects", "is missing, expected how many are processed at a time");
        }
        return change(name, worker -> workers.changeConcurrency(worker, subjects.intValue()));
    }

    @PostMapping(path = "/api/v1/workers/{name}/breaker/open", produces = "application/json")
    ResponseEntity<WorkerEntry> openBreaker(@PathVariable String name) {
        return change(name, workers::openBreaker);
    }

    @PostMapping(path = "/api/v1/workers/{name}/breaker/reset", produces = "application/json")
    ResponseEntity<WorkerEntry> resetBreaker(@PathVariable String name) {
        return change(name, workers::resetBreaker);
    }

    /// What is ordered of a worker that only other instances have reaches them soon; there is nothing to show of it
    /// here.
    private ResponseEntity<WorkerEntry> change(String name, Consumer<String> change) {
        try {
            change.accept(name);
        } catch (NoSuchElementException none) {
            throw notFound(name);
        }
        return workers.worker(name)
                .map(status -> ResponseEntity.ok(entry(status)))
                .orElseGet(() -> ResponseEntity.accepted().build());
    }

    private WorkerEntry entry(WorkerStatus status) {
        return WorkerEntry.of(status, pulse.history().worker(status.name()));
    }

    private static ProblemException notFound(String name) {
        return new ProblemException(ProblemKind.NOT_FOUND, "No worker is called '" + name + "'.");
    }
}
