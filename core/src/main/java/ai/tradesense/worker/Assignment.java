package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The partitions that are this instance's to work on, and which of their events another process may have had at hand
/// when it stopped without a word.
///
/// Who works on what is noted in the parking store when it begins and when it ends in good order. Where the end is
/// missing, the first events that come are taken for suspect: as many as may have been in flight, because which of them
/// were is not known. (Nothing is written per event in normal running.) They are parked and brought back like anything
/// that is, so each is marked before it runs. Each assignment is a [Session] of its own, so that what the one before
/// ordered late changes nothing.
final class Assignment {
    /// How long the note of another that its work has ended is waited for. Who hands over in good order writes it a
    /// moment after the transport has let go, and one that is missing costs much more than this wait.
    static final Duration HANDOVER = Duration.ofMillis(500);

    /// How long what runs of lost partitions may take to end before the end is noted all the same.
    static final Duration UNTIL_ENDED = HANDOVER.dividedBy(2);

    private static final Duration LOOK_EVERY = Duration.ofMillis(20);
    private static final Logger LOG = LoggerFactory.getLogger(Assignment.class);

    private final String group;
    private final String instance;
    private final Transport transport;
    private final ParkingStore store;
    private final InstantSource clock;
    private final int window;

    private volatile Map<Partition, Session> sessions = Map.of(); // of partitions that work has begun on
    private volatile Set<Partition> disowned = Set.of(); // assigned, as far as is known, and begun on by another

    // Touched by the dispatcher's thread alone.
    private final Set<Partition> toBegin = new HashSet<>();
    private final List<Session> toEnd = new ArrayList<>();
    private final Map<Partition, Integer> suspectsLeft = new HashMap<>();
    private Map<Partition, String> seen = Map.of();
    private Instant changedAt = Instant.MIN;
    private Rest untilNextLook = Rest.NONE;
    private String name = ""; // of the sessions to begin
    private long changes;

    /// Nothing is assigned yet.
    ///
    /// @param instance a name that no other living instance has
    /// @param window how many events a process may have had in flight
    Assignment(
            String group, String instance, Transport transport, ParkingStore store, InstantSource clock, int window) {
        this.group = group;
        this.instance = instance;
        this.transport = transport;
        this.store = store;
        this.clock = clock;
        this.window = window;
    }

    /// The session in which the events of a key are this instance's; null if they are not. Safe for every thread.
    @Nullable
    Session session(OrderKey key) {
        return sessions.get(partitionOf(key));
    }

    Partition partitionOf(OrderKey key) {
        return transport.partitionOf(key.domain(), key.subject());
    }

    /// Other partitions from now on. Those that are new are nobody's until work on them [#begin]s.
    synchronized void change(Collection<Partition> lost, Collection<Partition> assigned) {
        name = instance + "@" + clock.instant() + "#" + ++changes;
        Map<Partition, Session> kept = new HashMap<>(sessions);
        for (Collection<Partition> moved : List.of(lost, assigned)) {
            for (Partition partition : moved) {
                Session over = kept.remove(partition);
                if (over != null) {
                    toEnd.add(over);
                }
            }
        }
        sessions = Map.copyOf(kept);
        Set<Partition> stillDisowned = new HashSet<>(disowned);
        stillDisowned.removeAll(lost);
        stillDisowned.removeAll(assigned);
        disowned = Set.copyOf(stillDisowned);
        toBegin.removeAll(lost);
        toBegin.addAll(assigned);
        changedAt = clock.instant();
        suspectsLeft.keySet().retainAll(kept.keySet());
    }

    /// Whether the end of what was lost should not be noted yet if some of it still runs: what that completes in the
    /// parking store counts until then. If so, it is to be asked again in a moment.
    boolean waitsForEnd() {
        return !toEnd.isEmpty() && isSoonAfterChange(UNTIL_ENDED);
    }

    private boolean isSoonAfterChange(Duration length) {
        Instant now = clock.instant();
        if (!Rest.of(length, changedAt).lasts(now)) {
            return false;
        }
        untilNextLook = Rest.of(LOOK_EVERY, now);
        return true;
    }

    /// Notes durably what is worked on no more, and looks who has worked on what is new. To be done before it is made
    /// sure that this is still assigned, and then it can [#begin].
    void look() {
        end(toEnd);
        toEnd.clear();
        seen = toBegin.isEmpty() ? Map.of() : store.sessions(group);
    }

    /// When it is to be looked again, if the end of another's work is waited for; null if not.
    @Nullable
    Instant nextLook(Instant now) {
        return untilNextLook.lasts(now) ? untilNextLook.until() : null;
    }

    /// Notes durably what is worked on from now on. Where a session of another was left without an end, the first
    /// events are suspect.
    ///
    /// @return false if somebody else has begun on some of it meanwhile, or may still note that its work has ended
    boolean begin() {
        if (toBegin.isEmpty()) {
            return true;
        }
        if (toBegin.stream().anyMatch(seen::containsKey) && isSoonAfterChange(HANDOVER)) {
            return false;
        }
        Set<Partition> begun;
        try {
            begun = store.begin(group, name, Set.copyOf(toBegin), seen);
        } catch (RuntimeException unanswered) { // it may have begun: that ends, lest it be taken for another's
            toBegin.forEach(partition -> toEnd.add(new Session(name, partition)));
            throw unanswered;
        }
        List<Partition> left = begun.stream().filter(seen::containsKey).toList();
        if (!left.isEmpty()) {
            LOG.warn(
                    "group {}: another instance stopped without a word while it worked on {}; the next {} events of each"
                            + " are tried with care, as one of them may have been why",
                    group,
                    left,
                    window);
            left.forEach(partition -> suspectsLeft.put(partition, window));
        }
        publish(begun);
        toBegin.removeAll(begun);
        return toBegin.isEmpty();
    }

    private synchronized void publish(Set<Partition> begun) {
        Map<Partition, Session> all = new HashMap<>(sessions);
        begun.forEach(partition -> all.put(partition, new Session(name, partition)));
        sessions = Map.copyOf(all);
    }

    /// Another has begun where this instance was: it is not this instance's any more, and the transport will say so.
    /// Safe for every thread.
    synchronized void disown(Partition partition, String session) {
        Session known = sessions.get(partition);
        if (known != null && known.name().equals(session)) {
            Map<Partition, Session> kept = new HashMap<>(sessions);
            kept.remove(partition);
            sessions = Map.copyOf(kept);
            Set<Partition> more = new HashSet<>(disowned);
            more.add(partition);
            disowned = Set.copyOf(more);
        }
    }

    /// Partitions that another has begun to work on, and that the transport still says are this instance's. Usually it
    /// says otherwise in a moment.
    Set<Partition> disowned() {
        return disowned;
    }

    private void end(Collection<Session> over) {
        Map<String, Set<Partition>> byName = new HashMap<>();
        for (Session session : over) {
            byName.computeIfAbsent(session.name(), _ -> new HashSet<>()).add(session.partition());
        }
        byName.forEach((name, partitions) -> store.end(group, name, partitions));
    }

    /// Notes that all work has ended in good order.
    void end() {
        end(toEnd);
        end(sessions.values());
    }

    boolean hasSuspects() {
        return !suspectsLeft.isEmpty();
    }

    /// Whether the next event of a subject may have been at hand when another process stopped.
    boolean nextIsSuspect(OrderKey key) {
        Partition partition = partitionOf(key);
        Integer left = suspectsLeft.get(partition);
        if (left == null) {
            return false;
        }
        if (left == 1) {
            suspectsLeft.remove(partition);
        } else {
            suspectsLeft.put(partition, left - 1);
        }
        return true;
    }
}
