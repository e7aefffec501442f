package ai.tradesense.operations;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.OrderKey;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class OperationExecutorTest {
    private static final String GROUP = "margin_group";

    private Instant now = Instant.parse("2026-03-01T12:00:00Z");
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final MemoryOperationStore store = new MemoryOperationStore(parking);
    private final OperationExecutor executor =
            new OperationExecutor(store, parking, new OutOfOrder(), () -> now, "one");

    /// Says nothing of any worker.
    private static final class OutOfOrder implements ReplaySource {
        private static IllegalStateException failure() {
            return new IllegalStateException("out of order");
        }

        @Override
        public Replay freeze(Selection.Stored selection) {
            throw failure();
        }

        @Override
        public Survey survey(Replay replay, int most) {
            throw failure();
        }

        @Override
        public boolean isHere(String worker) {
            throw failure();
        }

        @Override
        public long room(String worker) {
            throw failure();
        }

        @Override
        public ReplayPage next(Operation operation, Replay replay, int limit, Instant at) {
            throw failure();
        }

        @Override
        public void handedOver(String worker) {
            throw failure();
        }
    }

    private Operation ordered(String id, OperationKind kind, @Nullable Replay replay, Pace pace, int letters) {
        List<OperationItem> items = new ArrayList<>();
        IntStream.rangeClosed(1, letters).forEach(number -> items.add(dead(number)));
        return store.create(
                new Operation(
                        0,
                        id,
                        null,
                        kind,
                        null,
                        replay,
                        pace,
                        "alice",
                        "",
                        now,
                        State.RUNNING,
                        "",
                        null,
                        new Counts(letters, 0, 0, 0, 0)),
                items);
    }

    /// A dead letter. The store numbers what is parked from 1.
    private OperationItem dead(int number) {
        Failure failure = Failure.of(0, now, new IllegalArgumentException("no JSON"));
        Progress progress = Progress.given(Progress.State.QUARANTINED, 0, now, Followers.RELEASE);
        OrderKey key = ParkedEvent.UNKNOWN;
        parking.apply(List.of(new ParkingChange.Park(new ParkedEvent(
                0,
                GROUP,
                "margin",
                key,
                "undecodable",
                "place:" + number,
                null,
                new byte[] {1},
                "text/plain",
                progress,
                now,
                List.of(failure)))));
        return new OperationItem(number, number, GROUP, "margin", null, key, "", Status.PENDING, "", null);
    }

    private State state(String id) {
        return store.find(id).orElseThrow().state();
    }

    private void stepAfter(Duration duration) {
        now = now.plus(duration);
        executor.doWork();
    }

    @Test
    void the_trouble_of_one_operation_holds_up_no_other() {
        Replay replay = new Replay("margin", GROUP, null, null, null, null, 0, 10, 0);
        ordered("replay", OperationKind.REPLAY, replay, Pace.UNLIMITED, 0);
        ordered("discard", OperationKind.DISCARD, null, Pace.UNLIMITED, 3);

        executor.doWork();
        stepAfter(Duration.ofSeconds(2));

        assertThat(state("discard")).isEqualTo(State.COMPLETED);
        assertThat(state("replay")).isEqualTo(State.RUNNING);
    }

    @Test
    void an_operation_goes_on_although_the_clock_is_set_back() {
        ordered("discard", OperationKind.DISCARD, null, new Pace(List.of(), 1.0, 1), 3);
        executor.doWork();
        now = now.minus(Duration.ofHours(1));

        for (int second = 0; second < 10; second++) {
            stepAfter(Duration.ofSeconds(1));
        }

        assertThat(state("discard")).isEqualTo(State.COMPLETED);
    }
}
