package ai.tradesense.testkit;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection.Stored;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.worker.ExecutionContext;
import ai.tradesense.worker.Worker;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/// A platform whose events are stored, and a worker that notes what it gets live and what it is replayed.
abstract class ReplayBench {
    static final Pace AT_ONCE = Pace.UNLIMITED;

    TestPlatform platform = TestPlatform.recorded();
    final List<String> live = new ArrayList<>();
    final List<String> replayed = new ArrayList<>();

    @Nullable
    String refused; // the id of the event that fails while it is replayed

    @AfterEach
    void close() {
        platform.close();
    }

    void note(DomainEvent event, ExecutionContext context) {
        if (context.isReplay() && event.id().equals(refused)) {
            throw new PermanentException("no account " + event.subject());
        }
        (context.isReplay() ? replayed : live).add(event.id());
    }

    Worker balances() {
        return Worker.named("balances").on("Trading.*", this::note).replayable();
    }

    static List<String> ids(List<DomainEvent> events) {
        return events.stream().map(DomainEvent::id).toList();
    }

    List<DomainEvent> publish(String account, int first, int last) {
        List<DomainEvent> events = OrderPlaced.events(account, first, last);
        platform.tradesense().publish(events);
        return events;
    }

    void letItRun() {
        platform.advance(Duration.ofSeconds(30));
    }

    Operation order(Stored selection, @Nullable Pace pace) {
        return platform.tradesense()
                .operations()
                .order(new OperationRequest(OperationKind.REPLAY, selection, pace, "alice", "a reason", null));
    }

    Operation now(Operation operation) {
        return platform.tradesense().operations().find(operation.id()).orElseThrow();
    }

    List<String> steps(Operation operation) {
        return platform.tradesense().operations().steps(operation.id()).stream()
                .map(step -> step.by() + " " + step.text())
                .toList();
    }

    static List<String> of(String account, List<String> ids) {
        return ids.stream().filter(id -> id.startsWith(account + "#")).toList();
    }

    @EventName("Noise.Made.v1")
    record Noise(String subject) implements EventData {}
}
