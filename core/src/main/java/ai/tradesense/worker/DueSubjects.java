package ai.tradesense.worker;

import ai.tradesense.worker.ParkedSubject.Standing;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The parked subjects of which something is to be tried at a time, by that time. Touched by the parking agent
/// alone.
final class DueSubjects {
    /// A subject and when it is due.
    record Due(Instant at, ParkedSubject subject) {}

    private final PriorityQueue<Due> queue = new PriorityQueue<>(Comparator.comparing(Due::at));

    /// A subject is due at a time, and no more at the one that was said before.
    void put(Instant at, ParkedSubject subject) {
        queue.add(new Due(at, subject)); // first, as memory may be short for that
        subject.due(at);
    }

    /// When the first one is due; null if there is none.
    @Nullable
    Instant nextAt() {
        Due next = queue.peek();
        return next == null ? null : next.at();
    }

    /// Whether one is due by now.
    boolean isAny(Instant now) {
        Instant next = nextAt();
        return next != null && !next.isAfter(now);
    }

    /// Takes out those that are due, in that order, and leaves out what is not to be tried any more.
    ///
    /// @param most how many at most
    List<Due> take(Instant now, int most, Predicate<ParkedSubject> isParked) {
        List<Due> taken = new ArrayList<>();
        while (taken.size() < most && isAny(now)) {
            Due next = queue.remove();
            ParkedSubject subject = next.subject();
            if (subject.standing() == Standing.DUE && next.at().equals(subject.dueAt()) && isParked.test(subject)) {
                subject.out();
                taken.add(next);
            }
        }
        return taken;
    }
}
