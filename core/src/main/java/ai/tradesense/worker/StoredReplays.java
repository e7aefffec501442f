package ai.tradesense.worker;

import ai.tradesense.control.InstanceReport;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.events.Upcasters;
import ai.tradesense.operations.InvalidOperationException;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Replay;
import ai.tradesense.operations.ReplayPage;
import ai.tradesense.operations.ReplaySource;
import ai.tradesense.operations.Selection.Stored;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.Progress;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.UnreadableEvent;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// Replays from an event store to the workers of this process. Of an event that a worker asks for in a later
/// version the stored one is handed over, and brought to that version when it is processed, like any other.
public final class StoredReplays implements ReplaySource {
    /// How many events are read at a time.
    private static final int PAGE = 1_000;

    private final LocalWorkers workers;
    private final EventStore store;

    public StoredReplays(LocalWorkers workers, EventStore store) {
        this.workers = workers;
        this.store = store;
    }

    @Override
    public Replay freeze(Stored selection) {
        WorkerSpec spec = replayable(selection.worker());
        typeFilter(selection.type());
        Instant from = selection.from();
        Instant to = selection.to();
        if (from != null && to != null && !from.isBefore(to)) {
            throw new InvalidOperationException("/selection/to", "is " + to + ", expected a time after from, " + from);
        }
        long after = selection.afterOrStart();
        if (after < 0) {
            throw new InvalidOperationException("/selection/after", "is " + after + ", expected a position, from 0");
        }
        Long last = selection.upTo();
        if (last != null && last <= after) {
            throw new InvalidOperationException(
                    "/selection/upTo", "is " + last + ", expected a position behind " + after);
        }
        long head = store.head();
        return new Replay(
                spec.name(),
                spec.group(),
                selection.type(),
                selection.subject(),
                from,
                to,
                after,
                last == null ? head : Math.min(last, head),
                after);
    }

    private WorkerSpec replayable(String worker) {
        Dispatcher dispatcher = workers.find(worker);
        if (dispatcher == null) {
            List<String> elsewhere = workers.instances().stream()
                    .filter(InstanceStatus::alive)
                    .map(InstanceStatus::report)
                    .filter(report -> report.workers().stream()
                            .anyMatch(each -> each.name().equals(worker)))
                    .map(InstanceReport::instance)
                    .toList();
            throw new InvalidOperationException(
                    "/selection/worker",
                    "is '" + worker + "', expected a worker that is registered "
                            + (elsewhere.isEmpty()
                                    ? "here; no instance has one of that name"
                                    : "here; " + String.join(", ", elsewhere) + " has it, order its replay there"));
        }
        if (!dispatcher.spec().isReplayable()) {
            throw new InvalidOperationException(
                    "/selection/worker",
                    "is '" + worker + "', expected a worker that says that it may be replayed, because its effects"
                            + " happen again");
        }
        return dispatcher.spec();
    }

    private static @Nullable TypeFilter typeFilter(@Nullable String pattern) {
        try {
            return pattern == null ? null : TypeFilter.of(pattern);
        } catch (InvalidEventException malformed) {
            throw new InvalidOperationException("/selection/type", malformed.problem());
        }
    }

    @Override
    public Survey survey(Replay replay, int most) {
        Map<String, Integer> counts = new HashMap<>();
        int total = 0;
        long last = 0;
        Replay rest = replay;
        Found found;
        do {
            found = read(rest, PAGE);
            rest = rest.at(found.upTo());
            for (StoredEvent stored : found.events()) {
                counts.merge(stored.event().type().name(), 1, Integer::sum);
                last = stored.position();
            }
            total += found.events().size();
            if (total > most) {
                throw new InvalidOperationException(
                        "/selection", "selects more than " + most + " events, the most that are allowed");
            }
        } while (!found.isLast());
        SequencedMap<String, Integer> byType = new LinkedHashMap<>();
        counts.entrySet().stream()
                .sorted(Map.Entry.<String, Integer>comparingByValue()
                        .reversed()
                        .thenComparing(Map.Entry.comparingByKey()))
                .forEach(entry -> byType.put(entry.getKey(), entry.getValue()));
        return new Survey(byType, last);
    }

    /// Some of what is selected behind a cursor.
    ///
    /// @param upTo the position up to which nothing else is
    private record Found(List<StoredEvent> events, long upTo, boolean isLast) {}

    /// The next events behind the replay's cursor, at most `limit`; none if a whole page has none that the worker
    /// wants.
    ///
    /// @throws InvalidOperationException if the next that may be selected cannot be decoded
    private Found read(Replay replay, int limit) {
        if (replay.isAtEnd()) {
            return new Found(List.of(), replay.upTo(), true);
        }
        WorkerSpec spec = required(replay.worker()).spec();
        Upcasters upcasters = workers.platform().upcasters();
        EventQuery query = query(replay, spec, upcasters);
        int most = spec.filter().equals(query.type()) ? limit : PAGE;
        EventPage page = store.read(replay.cursor(), query, most);
        List<StoredEvent> events = new ArrayList<>();
        long upTo = page.isLast() ? replay.upTo() : page.upTo();
        for (EventPage.Entry entry : page.entries()) {
            if (events.size() == limit) {
                upTo = events.getLast().position();
                break;
            }
            if (entry.position() > replay.upTo()) {
                break;
            }
            if (entry instanceof UnreadableEvent hole) {
                return before(hole, replay, events);
            }
            StoredEvent stored = (StoredEvent) entry;
            if (upcasters.wantedVersion(stored.event().type(), spec.filter()) != null) {
                events.add(stored);
            }
        }
        return new Found(events, Math.min(upTo, replay.upTo()), upTo >= replay.upTo());
    }

    /// A replay with a hole is none: what is before it is handed over, and then it ends.
    private static Found before(UnreadableEvent hole, Replay replay, List<StoredEvent> events) {
        long upTo = hole.position() - 1;
        if (upTo <= replay.cursor()) {
            throw new InvalidOperationException(
                    "/selection",
                    "selects something that cannot be decoded, at " + hole
                            + "; select what is before it with upTo, and what is behind it with after");
        }
        return new Found(events, upTo, false);
    }

    /// Without upcasters the store can pass over what the worker does not want.
    private static EventQuery query(Replay replay, WorkerSpec spec, Upcasters upcasters) {
        TypeFilter asked = typeFilter(replay.type());
        return new EventQuery(
                asked == null && upcasters.isEmpty() ? spec.filter() : asked,
                replay.subject(),
                null,
                null,
                null,
                replay.from(),
                replay.to(),
                null,
                PAGE,
                EventQuery.Order.OLDEST_FIRST);
    }

    private Dispatcher required(String worker) {
        Dispatcher dispatcher = workers.find(worker);
        if (dispatcher == null) {
            throw new IllegalStateException("the worker '" + worker + "' has been deregistered");
        }
        return dispatcher;
    }

    @Override
    public boolean isHere(String worker) {
        return workers.find(worker) != null;
    }

    @Override
    public long room(String worker) {
        Dispatcher dispatcher = workers.find(worker);
        return dispatcher == null
                ? 0
                : (workers.platform().limits().maxParked() + 1) / 2
                        - dispatcher.counts().waiting();
    }

    @Override
    public ReplayPage next(Operation operation, Replay replay, int limit, Instant now) {
        WorkerSpec spec = required(replay.worker()).spec();
        Found found = read(replay, limit);
        List<ParkedEvent> copies = found.events().stream()
                .map(stored -> ParkedEvents.of(spec, stored.event(), Progress.FOLLOWER, now, List.of())
                        .replayedBy(operation.id()))
                .toList();
        return new ReplayPage(replay.cursor(), found.upTo(), found.isLast(), copies);
    }

    @Override
    public void handedOver(String worker) {
        Dispatcher dispatcher = workers.find(worker);
        if (dispatcher != null) {
            dispatcher.lookAtParked();
        }
    }
}
