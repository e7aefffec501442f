package ai.tradesense.testkit.simulation;

import static ai.tradesense.testkit.simulation.Invariant.CURSOR;
import static ai.tradesense.testkit.simulation.Invariant.EFFECTS;
import static ai.tradesense.testkit.simulation.Invariant.LOST;
import static ai.tradesense.testkit.simulation.Invariant.ORDER;
import static ai.tradesense.testkit.simulation.Invariant.PLACE;
import static ai.tradesense.testkit.simulation.Invariant.REST;
import static ai.tradesense.testkit.simulation.Invariant.STALE;
import static ai.tradesense.testkit.simulation.Invariant.UNEXPECTED;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.testkit.simulation.Behaviour.Failing;
import ai.tradesense.testkit.simulation.BrokerGroup.Share;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/// Watches a run and says which invariant does not hold, at the step at which it first shows.
final class Invariants {
    private final World world;
    private final Set<Invariant> checked;
    private final Map<String, Map<String, Fate>> fates = new LinkedHashMap<>(); // by group and event id
    private final Map<String, Map<OrderKey, Queue>> queues = new HashMap<>();
    private final Set<Running> running = new HashSet<>();
    private @Nullable Violation violation;

    /// What did not hold, and the subject where.
    record Violation(Invariant invariant, String message, String subject) {}

    /// A handler that runs. One instance runs one at a time for a key.
    private record Running(String instance, String group, OrderKey key) {}

    /// The assignment under which an event took effect: in one, an event takes effect once.
    private record Session(String instance, int losses) {}

    /// A handler's attempt at an event.
    ///
    /// @param losses how often its instance had been told of a loss when it began; -1 if that had left the group
    record Attempt(Instance instance, GroupSettings group, DomainEvent event, int number, int losses) {
        String about() {
            return event.id() + " (" + number + ")";
        }
    }

    /// The events of a key that a group wants, in the order of publishing.
    private static final class Queue {
        private final List<Fate> events = new ArrayList<>();
        private int done; // all before this one are done with
    }

    /// What became of an event in a group.
    private static final class Fate {
        private final DomainEvent event;
        private final int index;
        private final Set<Session> effects = new HashSet<>();
        private boolean givenUp; // so that those behind it may go on
        private boolean discarded; // by an operator, at some time: nothing waits behind it from then on

        Fate(DomainEvent event, int index) {
            this.event = event;
            this.index = index;
        }
    }

    Invariants(World world, Set<Invariant> checked) {
        this.world = world;
        this.checked = checked;
        for (GroupSettings group : world.setup().groups()) {
            fates.put(group.group(), new LinkedHashMap<>());
            queues.put(group.group(), new HashMap<>());
        }
    }

    @Nullable
    Violation violation() {
        return violation;
    }

    private void violated(Invariant invariant, String message, String subject) {
        if (violation == null && checked.contains(invariant)) {
            violation = new Violation(invariant, message, subject);
            world.trace().note("invariants", invariant + ": " + message, "", subject);
            world.stop();
        }
    }

    private void violated(Invariant invariant, String group, String message, DomainEvent event) {
        violated(invariant, group + ": " + event.id() + " of " + event.subject() + " " + message, event.subject());
    }

    private @Nullable Fate fate(String group, String id) {
        return fates.getOrDefault(group, Map.of()).get(id);
    }

    /// The broker has stored a record, perhaps again.
    void published(LogRecord record) {
        DomainEvent event = record.event();
        if (event == null) {
            return;
        }
        world.schedules().published(event);
        for (GroupSettings group : world.setup().groups()) {
            if (group.wants(event) && fate(group.group(), event.id()) == null) {
                Queue queue = queueOf(group, event);
                Fate fate = new Fate(event, queue.events.size());
                queue.events.add(fate);
                fates.getOrDefault(group.group(), Map.of()).put(event.id(), fate);
            }
        }
    }

    private Queue queueOf(GroupSettings group, DomainEvent event) {
        return queues.getOrDefault(group.group(), Map.of()).computeIfAbsent(event.orderKey(), key -> new Queue());
    }

    /// A handler begins with one event, or with a batch.
    ///
    /// @param number which attempt it is at an event
    List<Attempt> began(
            Instance instance, GroupSettings group, List<DomainEvent> events, ToIntFunction<DomainEvent> number) {
        BrokerMember member = world.broker().group(group.group()).member(instance);
        int losses = member == null ? -1 : member.losses();
        List<Attempt> attempts = new ArrayList<>(events.size());
        Set<OrderKey> keys = new HashSet<>();
        for (DomainEvent event : events) {
            Attempt attempt = new Attempt(instance, group, event, number.applyAsInt(event), losses);
            attempts.add(attempt);
            note(attempt, events.size() == 1 ? "begins" : "begins in a batch of " + events.size());
            if (keys.add(event.orderKey())
                    && !running.add(new Running(instance.name(), group.group(), event.orderKey()))) {
                violated(ORDER, group.group(), "begins while another of its subject runs", event);
            }
            if (!believesToOwn(instance, group.group(), event.orderKey())) {
                violated(STALE, group.group(), "begins after its partition was lost", event);
            }
        }
        return attempts;
    }

    private boolean believesToOwn(Instance instance, String group, OrderKey key) {
        BrokerMember member = world.broker().group(group).member(instance);
        return member == null || member.believesToOwn(world.broker().partitionOf(key));
    }

    /// Whether an event that had no effect lets others go on without it.
    private boolean isOutOfTheWay(GroupSettings group, Fate fate) {
        if (group.holds() || fate.discarded) {
            return fate.discarded;
        }
        if (!fate.givenUp) {
            ParkedEvent row = world.parking().row(group.group(), fate.event.id());
            fate.givenUp = row != null && row.progress().isDeadLetter();
        }
        return fate.givenUp;
    }

    /// A handler has failed, perhaps for good.
    void failed(Attempt attempt, boolean forGood) {
        note(attempt, "fails");
        Fate fate = fate(attempt.group().group(), attempt.event().id());
        if (fate != null && (forGood || attempt.number() > attempt.group().maxRetries())) {
            fate.givenUp = true;
        }
    }

    /// A worker's filter fails on an event. That counts as an attempt, of which nobody knows the number but the store.
    void filterFails(Instance instance, GroupSettings group, DomainEvent event) {
        ParkedEvent row = world.parking().row(group.group(), event.id());
        failed(new Attempt(instance, group, event, row == null ? 1 : row.attempts() + 1, -1), false);
    }

    /// A handler has had its effect.
    void tookEffect(Attempt attempt) {
        note(attempt, "takes effect");
        String group = attempt.group().group();
        DomainEvent event = attempt.event();
        Fate fate = fate(group, event.id());
        if (fate == null) {
            violated(UNEXPECTED, group, "takes effect and was not published", event);
            return;
        }
        if (fate.effects.isEmpty()) {
            requireOthersDone(attempt.group(), fate);
        }
        if (attempt.group().kind() instanceof GroupSettings.Kind.Scheduled) {
            String other = world.schedules().tookEffect(event);
            if (other != null) {
                violated(EFFECTS, group, "is the tick that took effect as " + other + " already", event);
            }
        }
        boolean again = !fate.effects.add(new Session(attempt.instance().name(), attempt.losses()));
        if (again && attempt.losses() == 0) { // who loses partitions forgets what it has seen
            violated(EFFECTS, group, "takes effect twice in one assignment", event);
        }
    }

    private void requireOthersDone(GroupSettings group, Fate fate) {
        Queue queue = queueOf(group, fate.event);
        while (queue.done < fate.index) {
            Fate ahead = queue.events.get(queue.done);
            if (ahead.effects.isEmpty() && !isOutOfTheWay(group, ahead)) {
                violated(
                        ORDER,
                        group.group(),
                        "takes effect before " + ahead.event.id() + ", which was published earlier",
                        fate.event);
                return;
            }
            queue.done++;
        }
    }

    void ended(Attempt attempt) {
        running.remove(new Running(
                attempt.instance().name(),
                attempt.group().group(),
                attempt.event().orderKey()));
    }

    private void note(Attempt attempt, String what) {
        if (attempt.instance().isAlive()) {
            world.trace()
                    .note(
                            attempt.instance().name(),
                            attempt.group().group() + " " + what,
                            attempt.about(),
                            attempt.event().subject());
        }
    }

    /// An instance has changed what is parked.
    void changes(Instance instance, String group, OrderKey key, ParkingChange change) {
        if (SimulatedParking.isOfEvent(key) && world.parking().isTakenOver(instance, group, key)) {
            violated(
                    STALE,
                    group + ": " + instance.name() + " commits a "
                            + change.getClass().getSimpleName() + " of " + key + ", on whose partition another works",
                    key.subject());
        }
    }

    /// Whether an event has had its effect in its group at some time.
    boolean hasTakenEffect(ParkedEvent row) {
        Fate fate = fate(row.group(), row.id());
        return fate == null || !fate.effects.isEmpty();
    }

    /// An operator has taken a dead letter out.
    void discarded(ParkedEvent row) {
        Fate fate = fate(row.group(), row.id());
        if (fate != null) {
            fate.discarded = true;
        }
    }

    /// An operator has a dead letter tried again. It has let go by whoever was behind it, seen to do so or not.
    void requeued(ParkedEvent row) {
        Fate fate = fate(row.group(), row.id());
        if (fate != null) {
            fate.givenUp = true;
        }
    }

    /// A group settles a record in the current epoch.
    void settled(BrokerGroup group, LogRecord record) {
        if (!isSomewhere(group.name(), record) && !comesAgain(group, record)) {
            violated(
                    CURSOR,
                    group.name() + " settles " + record.about() + " at " + record.place() + ", which is in no place",
                    record.subject());
        }
    }

    private boolean isSomewhere(String group, LogRecord record) {
        DomainEvent event = record.event();
        if (event == null) {
            return world.parking().hasBytesOf(group, record.place());
        }
        Fate fate = fate(group, event.id());
        return fate == null // not wanted
                || !fate.effects.isEmpty()
                || world.parking().row(group, event.id()) != null;
    }

    /// Whether the same event stands elsewhere in the log and is not settled there.
    private boolean comesAgain(BrokerGroup group, LogRecord record) {
        Share share = group.shares().get(record.partition().number());
        for (LogRecord other : world.broker().records(record.partition().number())) {
            if (other.offset() != record.offset()
                    && record.about().equals(other.about())
                    && !share.isSettled(other.offset())) {
                return true;
            }
        }
        return false;
    }

    /// Time stands still, because somebody always has something to do.
    void neverRests(String who) {
        violated(REST, who, "");
    }

    /// What must be true when the system has come to rest, or should have.
    void atRest() {
        for (String missing : world.schedules().unpublished()) {
            violated(LOST, missing, "");
        }
        for (GroupSettings group : world.setup().groups()) {
            String unrest = world.unrestOf(group);
            if (!unrest.isEmpty()) {
                violated(REST, group.group() + " does not come to rest: " + unrest, "");
            }
            for (ParkedEvent row : world.parking().owed(group.group())) {
                violated(
                        REST,
                        group.group() + ": " + row.id() + " waits for ever",
                        row.key().subject());
            }
            for (ParkedEvent row : world.parking().rows(group.group())) {
                checkRow(group, row);
            }
            for (Fate fate : fates.getOrDefault(group.group(), Map.of()).values()) {
                if (fate.effects.isEmpty() && world.parking().row(group.group(), fate.event.id()) == null) {
                    violated(LOST, group.group(), "is nowhere", fate.event);
                }
            }
            checkBytes(group);
        }
    }

    private void checkRow(GroupSettings group, ParkedEvent row) {
        if (row.event() == null) {
            return;
        }
        Fate fate = fate(group.group(), row.id());
        boolean mayRepeat = world.hasLostAnything(); // and the second time may be cut off, or come behind a dead letter
        if (fate == null) {
            violated(UNEXPECTED, group.group(), "is " + row.state() + " and was not published", row.event());
        } else if (!fate.effects.isEmpty() && !mayRepeat && !group.causing()) { // publishing may fail later
            violated(PLACE, group.group(), "is " + row.state() + " and took effect too", row.event());
        } else if (row.state() == State.DEAD
                && row.attempts() <= group.maxRetries()
                && !isHopeless(world.behaviour(group, row.event()))) {
            violated(PLACE, group.group(), "was given up after " + row.attempts() + " attempts", row.event());
        }
    }

    private static boolean isHopeless(Behaviour behaviour) {
        return behaviour.failure() == Failing.FOR_GOOD || behaviour.failure() == Failing.AS_POISON;
    }

    private void checkBytes(GroupSettings group) {
        for (int partition = 0; partition < world.broker().partitions(); partition++) {
            for (LogRecord record : world.broker().records(partition)) {
                if (record.event() == null && !world.parking().hasBytesOf(group.group(), record.place())) {
                    violated(LOST, group.group() + ": the bytes at " + record.place() + " are nowhere", "");
                }
            }
        }
    }
}
