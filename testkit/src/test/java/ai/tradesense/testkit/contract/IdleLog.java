package ai.tradesense.testkit.contract;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.MemoryControlStore;
import ai.tradesense.operations.MemoryOperationStore;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import ai.tradesense.retention.RetentionRecord;
import ai.tradesense.retention.RetentionReport;
import ai.tradesense.retention.RetentionStore;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.Log;
import ai.tradesense.store.MemoryScheduleStore;
import ai.tradesense.store.MemorySnapshotStore;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.SnapshotStore;
import ai.tradesense.transport.Transport;
import java.time.Instant;
import java.util.List;

/// A log that keeps nothing and removes nothing.
final class IdleLog implements Log, RetentionStore {
    @Override
    public Transport transport() {
        return new SuitesFailWhereNothingIsDoneTest.IdleTransport();
    }

    @Override
    public EventStore events() {
        return new IdleEventStore();
    }

    @Override
    public ParkingStore parking() {
        return new MemoryParkingStore();
    }

    @Override
    public OperationStore operations() {
        return new MemoryOperationStore(parking());
    }

    @Override
    public ScheduleStore schedules() {
        return new MemoryScheduleStore();
    }

    @Override
    public ControlStore control() {
        return new MemoryControlStore();
    }

    @Override
    public SnapshotStore snapshots() {
        return new MemorySnapshotStore();
    }

    @Override
    public RetentionStore retention() {
        return this;
    }

    @Override
    public RetentionReport examine(Cutoffs cutoffs) {
        return new RetentionReport(cutoffs.now(), List.of(), List.of(), 0, List.of());
    }

    @Override
    public Progress removeSome(Cutoffs cutoffs, int maxEvents, String actor) {
        return new Progress(0, true, List.of());
    }

    @Override
    public LegalHold place(LegalHold.Scope scope, String reason, String actor, Instant at) {
        return new LegalHold(1, scope, reason, actor, at, null);
    }

    @Override
    public LegalHold lift(long number, String reason, String actor, Instant at) {
        return place(new LegalHold.Scope("Trading", null, null, null), reason, actor, at);
    }

    @Override
    public List<LegalHold> holds() {
        return List.of();
    }

    @Override
    public List<ReaderPosition> readers() {
        return List.of();
    }

    @Override
    public void forget(ReaderPosition.Kind kind, String name, String actor, Instant at) {
        // It does nothing.
    }

    @Override
    public List<RetentionRecord> records(int limit) {
        return List.of();
    }

    @Override
    public long removed() {
        return 0;
    }

    @Override
    public void close() {
        // It does nothing.
    }
}
