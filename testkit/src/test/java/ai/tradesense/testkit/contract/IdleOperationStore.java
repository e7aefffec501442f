package ai.tradesense.testkit.contract;

import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationItem;
import ai.tradesense.operations.OperationItem.Status;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationStep;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.ReplayPage;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps nothing and answers something else.
final class IdleOperationStore implements OperationStore {
    private static final Operation NOTHING = new Operation(
            0,
            "nothing",
            null,
            OperationKind.RETRY,
            null,
            null,
            Pace.UNLIMITED,
            "",
            "",
            Instant.EPOCH,
            State.COMPLETED,
            "",
            null,
            new Counts(0, 0, 0, 0, 0));

    @Override
    public Operation create(Operation operation, List<OperationItem> items) {
        return NOTHING;
    }

    @Override
    public Optional<Operation> find(String id) {
        return Optional.empty();
    }

    @Override
    public Optional<Operation> findByRequest(String requestId) {
        return Optional.empty();
    }

    @Override
    public List<Operation> list(@Nullable Long before, int limit) {
        return List.of();
    }

    @Override
    public List<Operation> active() {
        return List.of();
    }

    @Override
    public List<OperationItem> items(String id, @Nullable Status status, int after, int limit) {
        return List.of();
    }

    @Override
    public List<WorkerShare> inProgress(String id) {
        return List.of();
    }

    @Override
    public List<OperationStep> steps(String id) {
        return List.of();
    }

    @Override
    public boolean claim(String id, String instance, Instant now, Instant until) {
        return false;
    }

    @Override
    public void release(String instance) {}

    @Override
    public Operation carryOut(String id, String instance, List<Order> orders, Instant now, @Nullable String step) {
        return NOTHING;
    }

    @Override
    public Operation replay(String id, String instance, ReplayPage page, Instant now, @Nullable String step) {
        return NOTHING;
    }

    @Override
    public Operation settle(String id, String instance) {
        return NOTHING;
    }

    @Override
    public Operation end(String id, State end, String why, String by, Instant at) {
        return NOTHING;
    }
}
