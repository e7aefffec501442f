package ai.tradesense.worker;

import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/// What is done before an event of new partitions is looked at: the store is asked which of their subjects are parked,
/// and what was parked last.
///
/// Until then nothing that is parked of them may be brought to a lane and completed: its delivery may come again, and
/// only the store knows that it was there.
final class Takeover {
    private final String group;
    private final Assignment assignment;
    private final ParkingStore store;
    private final Intake intake;
    private final ParkedSubjects parked;
    private final ParkingAgent parking;
    private final InstantSource clock;
    private volatile boolean pending;

    Takeover(
            String group,
            Assignment assignment,
            ParkingStore store,
            Intake intake,
            ParkedSubjects parked,
            ParkingAgent parking,
            InstantSource clock) {
        this.group = group;
        this.assignment = assignment;
        this.store = store;
        this.intake = intake;
        this.parked = parked;
        this.parking = parking;
        this.clock = clock;
    }

    /// Partitions were assigned or lost.
    void begin() {
        pending = true;
    }

    /// Whether it is still to be learned what is parked of new partitions.
    boolean isPending() {
        return pending;
    }

    /// Learns that, and lets work begin.
    void finish() {
        intake.remember(store.recent(group, Intake.SEEN_WINDOW));
        for (WaitingSubject waiting : store.waiting(group)) {
            Session session = assignment.session(waiting.key());
            if (session != null && !parked.contains(waiting.key(), session)) {
                ParkedSubject subject = parked.noticeChange(waiting.key(), session);
                if (!waiting.held()) {
                    parking.schedule(subject, waiting.dueAt() != null ? waiting.dueAt() : clock.instant());
                }
            }
        }
        pending = false;
    }

    /// Somebody else has changed what is parked of a subject; null if that is not this instance's, or not yet.
    @Nullable
    ParkedSubject noticeChange(OrderKey key) {
        Session session = assignment.session(key);
        return session != null && !pending ? parked.noticeChange(key, session) : null;
    }
}
