package ai.tradesense.aggregate;

import ai.tradesense.bus.PayloadTooLargeException;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.UnknownEventTypeException;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.store.ExpectedVersion;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.StreamSlice.StreamEvent;
import ai.tradesense.store.WrongExpectedVersionException;
import ai.tradesense.transport.Published;
import ai.tradesense.worker.EventSeries;
import ai.tradesense.worker.ExecutionContext;
import io.micrometer.core.instrument.Counter;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/// Loads an aggregate, decides on it, and appends what was decided if the aggregate has not changed meanwhile;
/// otherwise it does so again. Safe for use by several threads, of any number of processes on the same store; all
/// methods block for I/O.
public final class Repository<S> {
    /// How often one decision is made, and how often one append is tried.
    public static final int MAX_ATTEMPTS = 10;

    private final Aggregate<S> aggregate;
    private final Repositories with;
    private final Snapshots<S> snapshots;
    private final Counter conflicts;

    Repository(Aggregate<S> aggregate, Repositories with) {
        this.aggregate = aggregate;
        this.with = with;
        this.snapshots = new Snapshots<>(aggregate, with.snapshots(), with.meters());
        this.conflicts = Counter.builder("tradesense.aggregate.conflicts")
                .description("Decisions that were made anew because somebody else was faster")
                .tag("aggregate", aggregate.name())
                .register(with.meters());
    }

    /// The state as it is now; the initial one, at version 0, if there are no events.
    ///
    /// @throws AggregateException if an event does not fit
    /// @throws StoreException if the store cannot be read, or has forgotten events of the stream
    public Versioned<S> load(String subject) {
        return read(aggregate.stream(subject)).current;
    }

    /// Decides, and appends what was decided.
    ///
    /// @param decide pure, because it is asked again when somebody else was faster; gives the events that
    ///     follow, none if nothing does; what it throws comes through
    /// @return the state with these events
    /// @throws WrongExpectedVersionException if others were faster [#MAX_ATTEMPTS] times
    /// @throws InvalidEventException if an event breaks a rule, does not fit its schema, or is of another stream
    /// @throws StoreException if the outcome is a failure or not known; then look before deciding again
    public Versioned<S> update(String subject, Function<? super S, ? extends List<? extends EventData>> decide) {
        return update(subject, (_, data) -> with.bus().event(data), decide);
    }

    /// Decides within a worker: the events are caused by the one at hand, and have the same ids in every attempt,
    /// so that what an earlier attempt appended stands and is not appended again.
    ///
    /// @throws PermanentException if an event breaks a rule, does not fit its schema, or is of another stream
    public Versioned<S> update(
            String subject, ExecutionContext context, Function<? super S, ? extends List<? extends EventData>> decide) {
        try {
            return update(subject, context.series(), decide);
        } catch (InvalidEventException | UnknownEventTypeException | PayloadTooLargeException refused) {
            throw new PermanentException("what was decided is refused: " + refused.getMessage(), refused);
        }
    }

    private Versioned<S> update(
            String subject, EventSeries series, Function<? super S, ? extends List<? extends EventData>> decide) {
        OrderKey stream = aggregate.stream(subject);
        List<WrongExpectedVersionException> lost = new ArrayList<>();
        while (true) {
            Loaded<S> loaded = read(stream);
            List<DomainEvent> decided = events(series, decide.apply(loaded.current.state()));
            if (decided.isEmpty()) {
                return loaded.current;
            }
            requireOf(stream, decided);
            with.bus().check(decided);
            Versioned<S> next = evolved(stream, loaded.current, decided);
            try {
                List<Published> outcome = append(stream, loaded.current.version(), decided);
                if (outcome.stream().anyMatch(Published::duplicate)) {
                    return read(stream).current;
                }
                snapshots.takeIfDue(stream, next, loaded.snapshotVersion);
                return next;
            } catch (WrongExpectedVersionException conflict) {
                lost.add(conflict);
                conflicts.increment();
                if (lost.size() == MAX_ATTEMPTS) {
                    lost.subList(0, lost.size() - 1).forEach(conflict::addSuppressed);
                    throw conflict;
                }
            }
        }
    }

    private static List<DomainEvent> events(EventSeries series, List<? extends EventData> decided) {
        List<DomainEvent> events = new ArrayList<>();
        for (EventData data : decided) {
            events.add(series.event(events.size(), data).build());
        }
        return events;
    }

    private static void requireOf(OrderKey stream, List<DomainEvent> events) {
        for (DomainEvent event : events) {
            if (!event.orderKey().equals(stream)) {
                throw new InvalidEventException(
                        "/subject", "is of the stream " + event.orderKey() + ", expected " + stream);
            }
        }
    }

    /// An append whose outcome is not known is repeated with the same events, which does no harm.
    private List<Published> append(OrderKey stream, long version, List<DomainEvent> events) {
        List<StreamAppend> append = List.of(new StreamAppend(stream, ExpectedVersion.exactly(version), events));
        List<StoreException> failures = new ArrayList<>();
        while (true) {
            try {
                return with.events().appendStreams(append);
            } catch (StoreException failure) {
                failures.add(failure);
                if (failures.size() == MAX_ATTEMPTS) {
                    failures.subList(0, failures.size() - 1).forEach(failure::addSuppressed);
                    throw failure;
                }
            }
        }
    }

    /// What was loaded.
    ///
    /// @param snapshotVersion of the newest snapshot; 0 without one
    private record Loaded<S>(Versioned<S> current, long snapshotVersion) {}

    private Loaded<S> read(OrderKey stream) {
        Versioned<S> nothing = new Versioned<>(aggregate.initial(), 0);
        Versioned<S> snapshot = snapshots.find(stream);
        Versioned<S> begin = snapshot == null ? nothing : snapshot;
        StreamSlice slice = behind(stream, begin);
        if (slice.version() < begin.version()) {
            snapshots.isAhead(stream, begin.version(), slice.version());
            begin = nothing;
            slice = behind(stream, begin);
        }
        Versioned<S> current = evolved(stream, begin, slice);
        while (current.version() < slice.version()) {
            slice = behind(stream, current);
            current = evolved(stream, current, slice);
        }
        return new Loaded<>(current, snapshots.takeIfDue(stream, current, begin.version()));
    }

    private StreamSlice behind(OrderKey stream, Versioned<S> current) {
        return with.events().readStream(StreamQuery.forwards(stream, current.version() + 1));
    }

    private Versioned<S> evolved(OrderKey stream, Versioned<S> begin, StreamSlice slice) {
        List<DomainEvent> events = new ArrayList<>();
        for (StreamEvent each : slice.events()) {
            requireVersion(stream, begin.version() + events.size() + 1, each.version(), slice);
            events.add(each.stored().event());
        }
        if (events.isEmpty() && begin.version() < slice.version()) {
            requireVersion(stream, begin.version() + 1, slice.begins(), slice);
        }
        return evolved(stream, begin, events);
    }

    /// A state that is made of some of its events is a wrong one.
    private static void requireVersion(OrderKey stream, long due, long found, StreamSlice slice) {
        if (found != due) {
            throw new StoreException(
                    "the stream " + stream + " has no event of version " + due + " any more: it begins with version "
                            + slice.begins() + ", and no snapshot of a version from " + (found - 1) + " on stands for"
                            + " what was removed",
                    null);
        }
    }

    private Versioned<S> evolved(OrderKey stream, Versioned<S> begin, List<DomainEvent> events) {
        Versioned<S> current = begin;
        for (DomainEvent event : events) {
            current = evolved(stream, current.state(), current.version() + 1, event);
        }
        return current;
    }

    private Versioned<S> evolved(OrderKey stream, S state, long version, DomainEvent event) {
        try {
            return new Versioned<>(aggregate.evolve(state, event, with.upcasters()), version);
        } catch (RuntimeException problem) {
            throw new AggregateException(aggregate.name(), stream, version, problem);
        }
    }
}
