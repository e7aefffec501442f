package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import java.util.Collection;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The subjects of which events are parked, so that later ones wait behind those. A subject comes here by its lane or
/// by the parking agent, and goes by its lane alone, when the store had no more of it and nobody has added to it since.
/// Safe for every thread.
final class ParkedSubjects {
    private final ConcurrentMap<OrderKey, ParkedSubject> subjects = new ConcurrentHashMap<>();
    private final Function<OrderKey, @Nullable Session> sessions;

    /// @param sessions the session of a key that there is now; null if there is none
    ParkedSubjects(Function<OrderKey, @Nullable Session> sessions) {
        this.sessions = sessions;
    }

    boolean isEmpty() {
        return subjects.isEmpty();
    }

    boolean contains(OrderKey key) {
        return subjects.containsKey(key);
    }

    boolean contains(OrderKey key, Session session) {
        ParkedSubject subject = subjects.get(key);
        return subject != null && subject.session().equals(session);
    }

    /// Whether this very subject is here, and none that came in its place.
    boolean contains(ParkedSubject subject) {
        return subjects.get(subject.key()) == subject;
    }

    /// All of them, as they are while one looks.
    Collection<ParkedSubject> all() {
        return subjects.values();
    }

    /// The subject as it is known in a session, from now on if it was not. If that session is over by now, it is one
    /// that is not here.
    ParkedSubject in(OrderKey key, Session session) {
        return in(key, session, _ -> {});
    }

    /// Adds a subject that the store says is parked, or notes that the store has something else of it now. If that
    /// session is over by now, it is one that is not here.
    ParkedSubject noticeChange(OrderKey key, Session session) {
        return in(key, session, ParkedSubject::countChange);
    }

    private ParkedSubject in(OrderKey key, Session session, Consumer<ParkedSubject> ifKnown) {
        ParkedSubject subject = subjects.compute(key, (_, known) -> {
            if (isOf(session, known)) {
                ifKnown.accept(known);
                return known;
            }
            return session.equals(sessions.apply(key)) ? new ParkedSubject(key, session) : known;
        });
        return isOf(session, subject) ? subject : new ParkedSubject(key, session);
    }

    private static boolean isOf(Session session, @Nullable ParkedSubject known) {
        return known != null && known.session().equals(session);
    }

    /// Takes out a subject of which the store had no more, unless the lane has sent more there since, or somebody else
    /// has put something there. For the subject's lane.
    ///
    /// @return whether it is still here
    boolean remains(Task.Drained task) {
        ParkedSubject subject = task.subject();
        ParkedSubject left = subjects.computeIfPresent(
                subject.key(),
                (_, known) -> known == subject && subject.sent() == task.stored() && subject.changes() == task.changes()
                        ? null
                        : known);
        return left == subject;
    }

    /// Forgets subjects that are somebody else's now.
    void forget(Predicate<OrderKey> keys) {
        subjects.keySet().removeIf(keys);
    }
}
