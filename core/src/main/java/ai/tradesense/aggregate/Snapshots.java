package ai.tradesense.aggregate;

import ai.tradesense.aggregate.Aggregate.SnapshotRule;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.Payload;
import ai.tradesense.store.SnapshotStore;
import ai.tradesense.store.SnapshotStore.Snapshot;
import ai.tradesense.store.StoreException;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The snapshots of one aggregate. They spare reading and mean nothing: one that is wrong is passed over, seen
/// in the log and counted, and another takes its place.
final class Snapshots<S> {
    private static final Logger LOG = LoggerFactory.getLogger(Snapshots.class);

    private final Aggregate<S> aggregate;
    private final SnapshotStore store;
    private final Counter passedOver;

    Snapshots(Aggregate<S> aggregate, SnapshotStore store, MeterRegistry meters) {
        this.aggregate = aggregate;
        this.store = store;
        this.passedOver = Counter.builder("tradesense.aggregate.snapshots.rejected")
                .description("Snapshots that could not be used, so that the history was read instead")
                .tag("aggregate", aggregate.name())
                .register(meters);
    }

    /// The state that was kept; null if there is none that can be used.
    @Nullable
    Versioned<S> find(OrderKey stream) {
        SnapshotRule<S> rule = aggregate.snapshots();
        Snapshot found =
                rule == null ? null : store.find(stream, aggregate.name()).orElse(null);
        if (rule == null || found == null) {
            return null;
        }
        if (!found.form().equals(rule.form())) {
            reject(stream, "its form is " + found.form() + ", expected " + rule.form());
            return null;
        }
        try {
            return new Versioned<>(Payload.json(found.state()).as(rule.state()), found.version());
        } catch (InvalidEventException broken) {
            reject(stream, "its state " + broken.getMessage());
            return null;
        }
    }

    /// A snapshot was of a version that its stream does not have.
    void isAhead(OrderKey stream, long snapshotVersion, long version) {
        reject(stream, "it is of version " + snapshotVersion + ", and the stream has " + version);
    }

    private void reject(OrderKey stream, String problem) {
        passedOver.increment();
        LOG.warn(
                "the snapshot of the {} '{}' cannot be used and is made anew: {}",
                aggregate.name(),
                stream.subject(),
                problem);
    }

    /// Keeps a state if enough events came since the snapshot that it began with. One that cannot be kept stays
    /// due.
    ///
    /// @return the version of the newest snapshot
    long takeIfDue(OrderKey stream, Versioned<S> current, long snapshotVersion) {
        SnapshotRule<S> rule = aggregate.snapshots();
        if (rule == null || current.version() - snapshotVersion < rule.every()) {
            return snapshotVersion;
        }
        try {
            byte[] state = Payload.encode(current.state());
            store.save(new Snapshot(stream, aggregate.name(), rule.form(), current.version(), state));
            return current.version();
        } catch (StoreException | InvalidEventException failure) {
            LOG.warn("no snapshot of the {} '{}' could be taken", aggregate.name(), stream.subject(), failure);
            return snapshotVersion;
        }
    }
}
