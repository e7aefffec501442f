package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.events.OrderKey;
import ai.tradesense.transport.Partition;
import java.util.List;
import java.util.function.BiConsumer;
import org.jetbrains.lincheck.Lincheck;
import org.jetbrains.lincheck.LincheckAssertionError;
import org.junit.jupiter.api.Test;

/// How a subject comes back from parking, model-checked: its lane, which sends later events behind those that are
/// parked and ends the parking; the parking agent, which writes them down and says when nothing is left; and an
/// operator, whose change the agent notices. Whatever is in the store when all have done what they do, the subject is
/// known to be parked: else it would be overtaken, or wait for ever.
final class ParkingModelTest {
    private static final int INVOCATIONS = 1_000;
    private static final OrderKey KEY = new OrderKey("Trading", "acc");
    private static final Session SESSION = new Session("one", new Partition("simulated", 0));

    /// What of the subject is in the store, and what is on the way there.
    private static final class Store {
        private int rows;
        private int sent;

        synchronized void send() {
            sent++;
        }

        synchronized boolean writesDown() {
            if (sent == 0) {
                return false;
            }
            sent--;
            rows++;
            return true;
        }

        synchronized void putBack() {
            rows++;
        }

        synchronized boolean isEmpty() {
            return rows == 0;
        }

        synchronized boolean hasAnything() {
            return rows + sent > 0;
        }
    }

    private static void explore(BiConsumer<ParkedSubjects, Task.Drained> remains) {
        Lincheck.runConcurrentTest(INVOCATIONS, () -> {
            ParkedSubjects parked = new ParkedSubjects(_ -> SESSION);
            ParkedSubject subject = parked.in(KEY, SESSION);
            Store store = new Store();
            Task.Drained drained = lookedAt(store, subject);
            Thread agent = new Thread(() -> {
                if (store.writesDown()) {
                    subject.countStored();
                }
                store.putBack(); // an operator does
                parked.noticeChange(KEY, SESSION);
            });
            agent.start();
            if (parked.contains(KEY, SESSION)) { // a live event comes to the lane
                subject.countSent();
                store.send();
            }
            remains.accept(parked, drained); // and behind it what the agent had found before
            LaneProcessor.join(agent);
            if (store.hasAnything() && parked.isEmpty()) {
                throw new AssertionError("something is parked of a subject that nobody knows to be parked");
            }
        });
    }

    private static Task.Drained lookedAt(Store store, ParkedSubject subject) {
        if (!store.isEmpty()) {
            throw new AssertionError("it begins empty");
        }
        return new Task.Drained(subject, subject.stored(), subject.changes());
    }

    @Test
    void a_subject_of_which_something_is_parked_is_known_to_be_parked_whoever_comes_first() {
        explore(ParkedSubjects::remains);
    }

    /// What finds nothing wrong proves nothing.
    @Test
    void taking_a_subject_out_without_a_look_at_what_came_since_is_found() {
        assertThatThrownBy(() -> explore((parked, drained) -> parked.forget(List.of(drained.key())::contains)))
                .isInstanceOf(LincheckAssertionError.class);
    }
}
