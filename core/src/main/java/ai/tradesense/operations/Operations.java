package ai.tradesense.operations;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.IdGenerator;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationStore.WorkerShare;
import ai.tradesense.operations.ReplaySource.Survey;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.ParkingStore.DeadLetterSummary;
import ai.tradesense.runtime.AgentRuntime;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What operators do: retry, discard, restore and edit dead letters, and replay stored events to a worker. What an
/// operation is about is settled when it is ordered; it goes on by itself, batch by batch, survives a restart,
/// stops when events fail, and can be cancelled. Safe for use by several threads; everything blocks for I/O.
public final class Operations implements AutoCloseable {
    /// The extension attribute by which a correction names the event it corrects.
    public static final String CORRECTS = "corrects";

    /// How many dead letters an operation may be about.
    public static final int MAX_ITEMS = 100_000;

    /// How many events a replay may be about.
    public static final int MAX_REPLAYED = 10_000_000;

    /// How many events may be listed by their sequence.
    public static final int MAX_LISTED = 10_000;

    private static final int PAGE = 1_000;

    private final OperationStore store;
    private final ParkingStore parking;
    private final EventRegistry registry;
    private final IdGenerator ids;
    private final InstantSource clock;
    private final @Nullable ReplaySource replays;
    private final OperationExecutor executor;

    /// Begins to look after the operations of a store.
    ///
    /// @param replays where replays come from; null if there is nothing to replay from
    public Operations(
            OperationStore store,
            ParkingStore parking,
            @Nullable ReplaySource replays,
            EventRegistry registry,
            IdGenerator ids,
            AgentRuntime runtime,
            InstantSource clock) {
        this.store = store;
        this.parking = parking;
        this.replays = replays;
        this.registry = registry;
        this.ids = ids;
        this.clock = clock;
        this.executor = new OperationExecutor(store, parking, replays, clock, ids.next());
        executor.start(runtime);
    }

    /// Orders an operation and returns when it is written down, not when it is done.
    ///
    /// @return the operation; the one ordered before if the request id says so
    /// @throws InvalidOperationException if the selection is too large or selects nothing in particular; of a
    ///     replay, also if it selects nothing at all, or if its worker is not here or not to be replayed
    /// @throws OperationConflictException if the request id belongs to an operation of another kind or
    ///     selection
    public Operation order(OperationRequest request) {
        Operation kept = known(request.requestId());
        if (kept == null) {
            kept = create(request);
            executor.wake();
        }
        if (!isOf(request, kept)) {
            throw new OperationConflictException("The request id '" + request.requestId()
                    + "' belongs to operation " + kept.id() + ", which is another one: " + kept.kind() + " by "
                    + kept.actor() + ".");
        }
        return kept;
    }

    private Operation create(OperationRequest request) {
        if (!(request.selection() instanceof Selection.Stored stored)) {
            return store.create(operation(request), frozen(request));
        }
        Replay replay = replays().freeze(stored);
        Survey found = survey(replay);
        Operation wanted = operation(request)
                .replayed(replay.endingAt(found.last()))
                .counted(new Counts(found.total(), 0, 0, 0, 0));
        return store.create(wanted, List.of());
    }

    private ReplaySource replays() {
        if (replays == null) {
            throw new InvalidOperationException(
                    "/kind", "is replay, which needs an event store to read from, and this platform has none");
        }
        return replays;
    }

    private Survey survey(Replay replay) {
        Survey found = replays().survey(replay, MAX_REPLAYED);
        if (found.byType().isEmpty()) {
            throw new InvalidOperationException(
                    "/selection",
                    "selects no event up to position " + replay.upTo() + " that the worker '" + replay.worker()
                            + "' wants");
        }
        return found;
    }

    /// Whether an operation does what is ordered, whenever it was ordered.
    private boolean isOf(OperationRequest request, Operation kept) {
        Replay replay = kept.replay();
        return kept.kind() == request.kind()
                && switch (request.selection()) {
                    case Selection.Matching(var filter) -> filter.equals(kept.filter());
                    case Selection.Listed(var sequences) -> kept.filter() == null && isOf(sequences, kept);
                    case Selection.Stored stored -> replay != null && replay.isOf(stored);
                };
    }

    private boolean isOf(List<Long> sequences, Operation kept) {
        return store.items(kept.id(), null, 0, MAX_LISTED).stream()
                .map(OperationItem::sequence)
                .collect(Collectors.toSet())
                .equals(Set.copyOf(sequences));
    }

    private @Nullable Operation known(@Nullable String requestId) {
        return requestId == null ? null : store.findByRequest(requestId).orElse(null);
    }

    /// Says what an operation would do, and changes nothing.
    ///
    /// @throws InvalidOperationException as [#order] does
    public DryRun dryRun(OperationRequest request) {
        if (request.selection() instanceof Selection.Stored stored) {
            Replay replay = replays().freeze(stored);
            Survey found = survey(replay);
            return DryRun.of(request.paceOrDefault(), replay.endingAt(found.last()), found.byType());
        }
        return DryRun.of(request.kind(), request.paceOrDefault(), tested(request.kind(), request.selection()));
    }

    private List<OperationItem> tested(OperationKind kind, Selection selection) {
        return switch (selection) {
            case Selection.Matching(var filter) -> {
                List<OperationItem> items = new ArrayList<>();
                for (DeadLetterSummary letter : letters(kind, filter)) {
                    OperationItem item = OperationItem.of(items.size() + 1, letter, null);
                    items.add(isPlain(kind, letter.state()) ? item : tested(kind, item));
                }
                yield items;
            }
            case Selection.Listed(var sequences) ->
                listed(sequences).stream()
                        .map(item -> item.status() == Status.PENDING ? tested(kind, item) : item)
                        .toList();
            case Selection.Stored _ -> List.of();
        };
    }

    /// Whether nothing speaks against dead letters in a state. They need not be read, of which there may be many
    /// thousands.
    private static boolean isPlain(OperationKind kind, DeadLetterFilter.State state) {
        return switch (kind) {
            case RETRY -> state == DeadLetterFilter.State.DEAD;
            case DISCARD -> state != DeadLetterFilter.State.DISCARDED;
            case RESTORE -> state == DeadLetterFilter.State.DISCARDED;
            case EDIT, REPLAY -> false;
        };
    }

    private OperationItem tested(OperationKind kind, OperationItem item) {
        ParkedEvent parked = parking.find(item.sequence()).orElse(null);
        String refusal = kind.refusal(parked == null ? null : parked.progress());
        if (refusal == null && kind == OperationKind.RETRY && parked != null && parked.event() == null) {
            try {
                RawEvents.read(parked);
            } catch (InvalidEventException unreadable) {
                refusal = OperationExecutor.unreadable(unreadable);
            }
        }
        return refusal == null ? item : item.now(Status.SKIPPED, refusal);
    }

    private Operation operation(OperationRequest request) {
        return new Operation(
                0,
                ids.next(),
                request.requestId(),
                request.kind(),
                request.selection() instanceof Selection.Matching(var filter) ? filter : null,
                null,
                request.paceOrDefault(),
                request.actor(),
                request.reason(),
                clock.instant(),
                State.RUNNING,
                "",
                null,
                new Counts(0, 0, 0, 0, 0));
    }

    /// The events that are selected now, in the order of parking, so that those of one subject keep theirs.
    private List<OperationItem> frozen(OperationRequest request) {
        return switch (request.selection()) {
            case Selection.Matching(var filter) -> matching(request.kind(), filter);
            case Selection.Listed(var sequences) -> listed(sequences);
            case Selection.Stored _ -> List.of();
        };
    }

    private List<OperationItem> matching(OperationKind kind, DeadLetterFilter filter) {
        List<OperationItem> items = new ArrayList<>();
        for (DeadLetterSummary letter : letters(kind, filter)) {
            items.add(OperationItem.of(items.size() + 1, letter, null));
        }
        return items;
    }

    /// The dead letters that match, in the order of parking.
    private List<DeadLetterSummary> letters(OperationKind kind, DeadLetterFilter filter) {
        List<DeadLetterSummary> letters = new ArrayList<>();
        DeadLetterFilter wanted = kind == OperationKind.RESTORE ? discarded(filter) : filter;
        Long before = null;
        List<DeadLetterSummary> page;
        do {
            page = parking.summaries(new DeadLetterQuery(wanted, before, PAGE));
            letters.addAll(page);
            if (letters.size() > MAX_ITEMS) {
                throw new InvalidOperationException(
                        "/selection", "selects more than " + MAX_ITEMS + " dead letters, the most that are allowed");
            }
            before = page.isEmpty() ? null : (Long) page.getLast().sequence();
        } while (page.size() == PAGE);
        return letters.reversed();
    }

    /// What is restored was discarded, which nobody should have to say.
    private static DeadLetterFilter discarded(DeadLetterFilter filter) {
        return filter.state() != null
                ? filter
                : new DeadLetterFilter(
                        filter.worker(),
                        filter.type(),
                        filter.subject(),
                        filter.cause(),
                        DeadLetterFilter.State.DISCARDED,
                        filter.from(),
                        filter.to(),
                        filter.text());
    }

    private List<OperationItem> listed(List<Long> sequences) {
        Set<Long> distinct = new HashSet<>(sequences);
        if (distinct.isEmpty() || distinct.size() > MAX_LISTED) {
            throw new InvalidOperationException(
                    "/selection/ids", "has " + distinct.size() + " ids, expected 1 to " + MAX_LISTED);
        }
        List<OperationItem> items = new ArrayList<>(distinct.size());
        for (long sequence : distinct.stream().sorted().toList()) {
            ParkedEvent parked = parking.find(sequence).orElse(null);
            int number = items.size() + 1;
            if (parked == null || DeadLetterFilter.State.of(parked.progress()) == null) {
                String why = OperationKind.RETRY.refusal(parked == null ? null : parked.progress());
                items.add(OperationItem.skipped(number, sequence, parked, String.valueOf(why)));
            } else {
                items.add(OperationItem.of(number, DeadLetterSummary.of(parked), null));
            }
        }
        return items;
    }

    /// Has a corrected event tried in the place of a dead one. It gets an id of its own, the id of the
    /// event it corrects as `causationid`, and its `correlationid`. One-shot: the extension `corrects`
    /// names the event that is corrected, and each is corrected once.
    ///
    /// @param sequence which dead letter
    /// @throws NoSuchElementException if there is none
    /// @throws InvalidEventException if the correction is of another subject or domain, does not fit its
    ///     schema, or does not name what it corrects
    /// @throws ai.tradesense.events.UnknownEventTypeException if its type is not known
    /// @throws OperationConflictException if that event was corrected already or is no dead letter any more
    public Operation edit(long sequence, DomainEvent correction, String actor, String reason) {
        ParkedEvent parked = parking.find(sequence)
                .orElseThrow(() -> new NoSuchElementException("No dead letter has the id '" + sequence + "'."));
        OperationRequest request = new OperationRequest(
                OperationKind.EDIT, new Selection.Listed(List.of(sequence)), Pace.UNLIMITED, actor, reason, null);
        String corrects = Corrections.corrects(correction);
        String current = Corrections.current(parked);
        if (!corrects.equals(current)) {
            throw new OperationConflictException("Dead letter " + sequence + " is now the event '" + current
                    + "', and not '" + corrects + "', which the correction names: it was corrected already, or is"
                    + " another one.");
        }
        String refusal = OperationKind.EDIT.refusal(parked.progress());
        if (refusal != null) {
            throw new OperationConflictException("Dead letter " + sequence + " " + refusal + ".");
        }
        DomainEvent corrected = Corrections.event(parked, correction, ids.next(), registry);
        OperationItem item = OperationItem.of(1, DeadLetterSummary.of(parked), corrected);
        return createOnce(operation(request), item, "edit:" + sequence + ":" + corrects);
    }

    /// The store keeps one operation of a request id, which is what decides between two who edit at once.
    /// An edit that came to nothing is in nobody's way.
    private Operation createOnce(Operation edit, OperationItem item, String key) {
        for (int attempt = 1; ; attempt++) {
            Operation wanted = edit.requestedAs(attempt == 1 ? key : key + "#" + attempt);
            Operation kept = store.create(wanted, List.of(item));
            if (kept.id().equals(wanted.id())) {
                executor.wake();
                return kept;
            }
            if (kept.counts().skipped() == 0) {
                throw new OperationConflictException("This event was corrected already, by " + kept.actor() + " at "
                        + kept.createdAt() + " (operation " + kept.id() + ").");
            }
        }
    }

    /// Ends an operation that runs: nothing more is begun. What was handed to workers goes on there.
    ///
    /// @return the operation; as it was if it had ended already
    /// @throws NoSuchElementException if there is none
    public Operation cancel(String id, String actor) {
        if (store.find(id).isEmpty()) {
            throw new NoSuchElementException("No operation has the id '" + id + "'.");
        }
        Operation ended = store.end(id, State.CANCELLED, "by " + actor, actor, clock.instant());
        executor.wake();
        return ended;
    }

    public Optional<Operation> find(String id) {
        return store.find(id);
    }

    /// The operations log: who ordered what and what became of it, newest first.
    ///
    /// @param before only those with a lower number; null begins with the newest
    public List<Operation> log(@Nullable Long before, int limit) {
        return store.list(before, limit);
    }

    /// What was done for an operation, step by step.
    public List<OperationStep> steps(String id) {
        return store.steps(id);
    }

    /// The events of an operation, in order, see [OperationStore#items].
    public List<OperationItem> items(String id, @Nullable Status status, int after, int limit) {
        return store.items(id, status, after, limit);
    }

    /// The workers that an operation waits for, and for how many events.
    public List<WorkerShare> waitsFor(String id) {
        return store.inProgress(id);
    }

    /// Looks after operations no more; another process may, or this one when it starts again. Idempotent.
    @Override
    public void close() {
        executor.close();
    }
}
