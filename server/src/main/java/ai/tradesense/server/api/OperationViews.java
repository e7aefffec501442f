package ai.tradesense.server.api;

import ai.tradesense.operations.DryRun;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationStep;
import ai.tradesense.operations.OperationStore.WorkerShare;
import ai.tradesense.operations.Operations;
import ai.tradesense.operations.Replay;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.worker.WorkerRegistry;
import ai.tradesense.worker.WorkerStatus;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.springframework.stereotype.Component;

/// Operations as the API shows them.
@Component
final class OperationViews {
    /// How many events that did not succeed are shown with an operation.
    private static final int MAX_NOTES = 100;

    private final Operations operations;
    private final WorkerRegistry workers;

    OperationViews(Operations operations, WorkerRegistry workers) {
        this.operations = operations;
        this.workers = workers;
    }

    /// An operation in the log.
    ///
    /// @param number ascending in the order in which they were ordered
    /// @param selection what was selected by; null if events were listed
    record Entry(
            String id,
            long number,
            String kind,
            String state,
            String note,
            String actor,
            String reason,
            Instant createdAt,
            @Nullable Instant endedAt,
            @Nullable String requestId,
            @Nullable Selected selection,
            List<Integer> canary,
            @Nullable Double rate,
            int stopOnFailures,
            Progress progress) {}

    /// How far an operation is.
    record Progress(int total, int pending, int inProgress, int succeeded, int failed, int skipped) {}

    /// What was selected by.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    record Selected(
            @Nullable Boolean all,
            @Nullable String worker,
            @Nullable String type,
            @Nullable String subject,
            @Nullable String cause,
            @Nullable String state,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable String text,
            @Nullable Long after,
            @Nullable Long upTo) {}

    /// An operation in full.
    ///
    /// @param waitingFor the workers that have events of it now
    /// @param steps what was done, oldest first
    /// @param notes the first events that were skipped or failed again, each with the reason
    record Details(@JsonUnwrapped Entry operation, List<Waiting> waitingFor, List<Step> steps, List<Note> notes) {}

    /// A worker that has events of an operation.
    ///
    /// @param state what the worker does; null if it is not registered in this process
    /// @param reason why that may take a while; empty if it is at work
    record Waiting(String worker, int events, @Nullable String state, String reason) {}

    /// A line of the log.
    record Step(Instant at, String by, String text) {}

    /// An event that did not succeed.
    ///
    /// @param id the dead letter's id
    record Note(long id, String status, String note) {}

    /// What an operation would do.
    ///
    /// @param state always `DRY_RUN`
    /// @param selection of a replay, what would be replayed; null otherwise
    /// @param groups what it would change, by worker, type and cause
    /// @param skipped how many it would leave as they are
    /// @param notes the first of those, each with the reason
    record Preview(
            String kind,
            String state,
            @Nullable Selected selection,
            List<Integer> canary,
            @Nullable Double rate,
            int stopOnFailures,
            int total,
            List<DryRun.Group> groups,
            int skipped,
            List<Note> notes) {}

    Entry entry(Operation operation) {
        Operation.Counts counts = operation.counts();
        return new Entry(
                operation.id(),
                operation.number(),
                word(operation.kind()),
                operation.state().name(),
                operation.note(),
                operation.actor(),
                operation.reason(),
                operation.createdAt(),
                operation.endedAt(),
                operation.requestId(),
                operation.replay() == null ? selected(operation.filter()) : selected(operation.replay()),
                operation.pace().canary(),
                operation.pace().perSecond(),
                operation.pace().stopOnFailures(),
                new Progress(
                        counts.total(),
                        counts.pending(),
                        counts.inProgress(),
                        counts.succeeded(),
                        counts.failed(),
                        counts.skipped()));
    }

    private static String word(OperationKind kind) {
        return kind.name().toLowerCase(Locale.ROOT);
    }

    private static @Nullable Selected selected(@Nullable DeadLetterFilter filter) {
        if (filter == null) {
            return null;
        }
        DeadLetterFilter.State state = filter.state();
        return new Selected(
                filter.isAll() ? Boolean.TRUE : null,
                filter.worker(),
                filter.type() == null ? null : String.join(",", filter.type().patterns()),
                filter.subject(),
                filter.cause(),
                state == null ? null : state.name().toLowerCase(Locale.ROOT),
                filter.from(),
                filter.to(),
                filter.text(),
                null,
                null);
    }

    private static Selected selected(Replay replay) {
        return new Selected(
                null,
                replay.worker(),
                replay.type(),
                replay.subject(),
                null,
                null,
                replay.from(),
                replay.to(),
                null,
                (Long) replay.after(),
                (Long) replay.upTo());
    }

    Details details(Operation operation) {
        String id = operation.id();
        return new Details(
                entry(operation),
                waitingFor(operation),
                operations.steps(id).stream().map(OperationViews::step).toList(),
                Stream.of(Status.FAILED, Status.SKIPPED)
                        .flatMap(status -> operations.items(id, status, 0, MAX_NOTES).stream())
                        .limit(MAX_NOTES)
                        .map(OperationViews::note)
                        .toList());
    }

    /// A replay also waits for a worker that is not here to be given anything.
    private List<Waiting> waitingFor(Operation operation) {
        List<Waiting> waiting =
                operations.waitsFor(operation.id()).stream().map(this::waiting).toList();
        Replay replay = operation.replay();
        if (replay == null || !waiting.isEmpty() || operation.state() != Operation.State.RUNNING) {
            return waiting;
        }
        return workers.worker(replay.worker()).isPresent()
                ? List.of()
                : List.of(waiting(new WorkerShare(replay.worker(), 0)));
    }

    private Waiting waiting(WorkerShare share) {
        Optional<WorkerStatus> worker = workers.worker(share.worker());
        return new Waiting(
                share.worker(),
                share.events(),
                worker.map(status -> status.state().name()).orElse(null),
                worker.map(WorkerStatus::reason).orElse("is not registered in this process"));
    }

    private static Step step(OperationStep step) {
        return new Step(step.at(), step.by(), step.text());
    }

    private static Note note(OperationItem item) {
        return new Note(item.sequence(), item.status().name(), item.note());
    }

    Preview preview(DryRun dryRun) {
        return new Preview(
                word(dryRun.kind()),
                "DRY_RUN",
                dryRun.replay() == null ? null : selected(dryRun.replay()),
                dryRun.pace().canary(),
                dryRun.pace().perSecond(),
                dryRun.pace().stopOnFailures(),
                dryRun.total(),
                dryRun.groups(),
                dryRun.skipped(),
                dryRun.reasons().stream()
                        .map(skipped -> new Note(skipped.sequence(), Status.SKIPPED.name(), skipped.reason()))
                        .toList());
    }
}
