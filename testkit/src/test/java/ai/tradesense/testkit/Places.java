package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.testkit.RecordingWorker.Call;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Where the events of a test are, and how they came there.
final class Places {
    private static final int ALL = 1_000_000;

    private Places() {}

    /// That every event is processed, waiting or dead: one of them, and once.
    static void assertEachInOnePlace(Collection<String> published, RecordingWorker worker, ParkingStore parking) {
        List<String> found = new ArrayList<>(worker.processed());
        found.addAll(waiting(worker, parking));
        found.addAll(dead(worker, parking));
        assertThat(found).doesNotHaveDuplicates().containsExactlyInAnyOrderElementsOf(published);
    }

    static List<String> dead(RecordingWorker worker, ParkingStore parking) {
        return parking.deadLetters(new DeadLetterQuery(worker.workerName(), null, null, null, ALL)).stream()
                .map(ParkedEvent::id)
                .toList();
    }

    static List<String> waiting(RecordingWorker worker, ParkingStore parking) {
        List<String> waiting = new ArrayList<>();
        for (WaitingSubject subject : parking.waiting(worker.consumerGroup())) {
            parking.head(worker.consumerGroup(), subject.key(), ALL).forEach(row -> waiting.add(row.id()));
        }
        return waiting;
    }

    /// That the handler saw the events of each subject in the order of their numbers: again while they fail,
    /// attempt by attempt, and none before the one ahead of it was done with.
    static void assertCalledInOrder(RecordingWorker worker) {
        assertThat(worker.overlapped()).as("two handlers ran for one subject").isFalse();
        Map<String, Call> last = new HashMap<>();
        for (Call call : worker.calls()) {
            int mark = call.id().indexOf('#');
            String subject = call.id().substring(0, mark);
            Call before = last.put(subject, call);
            if (before != null && before.id().equals(call.id())) {
                assertThat(call.attempt()).as("%s after %s", call, before).isEqualTo(before.attempt() + 1);
            } else {
                assertThat(call.attempt()).as("first %s", call).isOne();
                assertThat(before == null || number(before.id()) < number(call.id()))
                        .as("%s after %s", call, before)
                        .isTrue();
            }
        }
    }

    private static int number(String id) {
        return Integer.parseInt(id, id.indexOf('#') + 1, id.length(), 10);
    }
}
