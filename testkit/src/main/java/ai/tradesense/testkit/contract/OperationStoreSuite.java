package ai.tradesense.testkit.contract;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.operations.OperationStore.Order;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Replay;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/// The bench on which a store of operations stands while [OperationStoreContract] tests it.
abstract class OperationStoreSuite {
    static final String GROUP = ParkingStoreSuite.GROUP;
    static final Instant NOW = ParkingStoreSuite.NOW;
    static final String ME = "instance-1";

    final EventFactory events = new EventFactory();
    private @Nullable Opened opened;
    private int ordered;

    /// A store of operations and the store of parked events that it stands on.
    public record Opened(ParkingStore parking, OperationStore operations) {}

    /// Opens the stores: on nothing at first in each test, later in the same test on what they left behind.
    protected abstract Opened open() throws Exception;

    /// Closes whatever [#open] opened.
    protected abstract void close(Opened opened) throws Exception;

    /// Whether everything is there again when the stores are opened a second time; otherwise they begin
    /// empty.
    protected abstract boolean survivesRestart();

    @BeforeEach
    void openFirst() throws Exception {
        opened = open();
    }

    @AfterEach
    void closeLast() throws Exception {
        if (opened != null) {
            close(opened);
        }
    }

    void restart() throws Exception {
        close(stores());
        opened = null;
        opened = open();
    }

    private Opened stores() {
        if (opened == null) {
            throw new IllegalStateException("the stores are not open");
        }
        return opened;
    }

    OperationStore store() {
        return stores().operations();
    }

    ParkingStore parking() {
        return stores().parking();
    }

    /// Parks dead letters, each of its own subject.
    ///
    /// @return their sequences, ascending
    List<Long> dead(int count) {
        List<ParkingChange> changes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            changes.add(new ParkingChange.Park(ParkingStoreSuite.dead(GROUP, events.order("account-" + i))));
        }
        parking().apply(changes);
        List<Long> sequences = new ArrayList<>();
        parking()
                .summaries(new DeadLetterQuery(DeadLetterFilter.ALL, null, 1_000))
                .forEach(letter -> sequences.addFirst(letter.sequence()));
        return sequences;
    }

    /// An order that has come to nothing yet.
    Operation operation(OperationKind kind, @Nullable DeadLetterFilter filter, Pace pace, @Nullable String requestId) {
        return new Operation(
                0,
                "operation-" + ++ordered,
                requestId,
                kind,
                filter,
                null,
                pace,
                "alice",
                "a reason",
                NOW,
                Operation.State.RUNNING,
                "",
                null,
                new Operation.Counts(0, 0, 0, 0, 0));
    }

    /// A replay that has come to nothing yet, and says how many events it is about.
    Operation replay(int events, long after, long upTo) {
        return operation(OperationKind.REPLAY, null, Pace.UNLIMITED, null)
                .replayed(new Replay(GROUP + "-worker", GROUP, null, null, null, null, after, upTo, after))
                .counted(new Operation.Counts(events, 0, 0, 0, 0));
    }

    /// Keeps one that this instance holds.
    Operation claimedReplay(int events, long upTo) {
        Operation operation = store().create(replay(events, 0, upTo), List.of());
        store().claim(operation.id(), ME, NOW, NOW.plusSeconds(30));
        return operation;
    }

    static OperationItem item(int number, long sequence, @Nullable DomainEvent corrected) {
        return new OperationItem(
                number,
                sequence,
                GROUP,
                GROUP + "-worker",
                EventFactory.ORDER_PLACED.name(),
                new OrderKey("Trading", "account"),
                "cause",
                Status.PENDING,
                "",
                corrected);
    }

    static List<OperationItem> items(List<Long> sequences) {
        List<OperationItem> items = new ArrayList<>();
        sequences.forEach(sequence -> items.add(item(items.size() + 1, sequence, null)));
        return items;
    }

    /// Keeps an operation on some dead letters.
    Operation created(OperationKind kind, List<Long> sequences) {
        return store().create(operation(kind, DeadLetterFilter.ALL, Pace.UNLIMITED, null), items(sequences));
    }

    /// Keeps one that this instance holds.
    Operation claimed(OperationKind kind, List<Long> sequences) {
        Operation operation = created(kind, sequences);
        store().claim(operation.id(), ME, NOW, NOW.plusSeconds(30));
        return operation;
    }

    static Order requeue(int number, long sequence) {
        return new Order.Change(number, new ParkingChange.Requeue(GROUP, sequence, NOW, null));
    }

    static Order discard(int number, long sequence) {
        return new Order.Change(number, new ParkingChange.Discard(GROUP, sequence, NOW));
    }

    Operation carryOut(Operation operation, Order... orders) {
        return store().carryOut(operation.id(), ME, List.of(orders), NOW, null);
    }

    List<OperationItem> all(Operation operation) {
        return store().items(operation.id(), null, 0, 10_000);
    }

    List<Status> statuses(Operation operation) {
        return all(operation).stream().map(OperationItem::status).toList();
    }
}
