package ai.tradesense.jdbc;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.store.WrongExpectedVersionException;
import ai.tradesense.transport.Published;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A batch of events on its way into the log. Encoded by the thread that publishes, so that the writer only
/// copies.
final class Append extends Write {
    private static final int EXPECTED_RECORD_BYTES = 512;

    private final List<DomainEvent> events;
    private final byte[] records;
    private final int[] ends; // of each record
    private final EventKeys keys;
    private final boolean[] duplicates;
    private final int bytes;
    private final List<Expectation> expectations;
    private @Nullable WrongExpectedVersionException conflict; // written by the writer before this succeeds

    /// Encodes a batch that expects nothing.
    ///
    /// @throws ai.tradesense.events.InvalidEventException if an event cannot be encoded
    Append(List<DomainEvent> batch) {
        this(batch, List.of());
    }

    /// Encodes a batch that is appended if streams are as expected.
    ///
    /// @throws ai.tradesense.events.InvalidEventException if an event cannot be encoded
    Append(List<DomainEvent> batch, List<Expectation> expectations) {
        this.expectations = expectations;
        int count = batch.size();
        RecordWriter writer = new RecordWriter(count * EXPECTED_RECORD_BYTES);
        this.events = new ArrayList<>(count);
        this.ends = new int[count];
        this.keys = new EventKeys(count);
        this.duplicates = new boolean[count];
        for (int i = 0; i < count; i++) {
            DomainEvent event = batch.get(i);
            try {
                writer.write(event);
            } catch (InvalidEventException problem) {
                throw count == 1 ? problem : problem.under("/" + i);
            }
            ends[i] = writer.size();
            keys.set(i, event);
            events.add(asRead(event));
        }
        this.records = writer.bytes();
        this.bytes = writer.size();
    }

    /// The event as it comes out of the log: an object that was published in this process is seen by others as
    /// the JSON that stands for it, whether they read it from the file or are handed it over.
    private static DomainEvent asRead(DomainEvent event) {
        CloudEvent envelope = event.envelope();
        if (!(event.data() instanceof Payload.Value value)) {
            return DomainEvent.of(envelope);
        }
        return DomainEvent.of(new CloudEvent(
                envelope.id(),
                envelope.source(),
                envelope.type(),
                envelope.subject(),
                envelope.time(),
                envelope.dataContentType(),
                envelope.dataSchema(),
                envelope.extensions(),
                Payload.json(value.utf8())));
    }

    @Override
    int events() {
        return events.size();
    }

    @Override
    long bytes() {
        return bytes;
    }

    DomainEvent event(int index) {
        return events.get(index);
    }

    EventKeys keys() {
        return keys;
    }

    byte[] records() {
        return records;
    }

    int recordStart(int index) {
        return index == 0 ? 0 : ends[index - 1];
    }

    int recordEnd(int index) {
        return ends[index];
    }

    /// An event as it stands alone, see [RecordWriter#single].
    byte[] record(int index) {
        int start = recordStart(index);
        byte[] record = new byte[1 + recordEnd(index) - start];
        record[0] = RecordWriter.FORMAT;
        System.arraycopy(records, start, record, 1, record.length - 1);
        return record;
    }

    void duplicate(int index, boolean duplicate) {
        duplicates[index] = duplicate;
    }

    List<Expectation> expectations() {
        return expectations;
    }

    /// Has this end in a conflict; null if it does not.
    void conflict(@Nullable WrongExpectedVersionException found) {
        conflict = found;
    }

    boolean isRefused() {
        return conflict != null;
    }

    /// What became of each event, once this is durable.
    ///
    /// @throws WrongExpectedVersionException if nothing was appended because a stream was not as expected
    List<Published> outcome() {
        WrongExpectedVersionException found = conflict;
        if (found != null) {
            throw found;
        }
        List<Published> outcome = new ArrayList<>(events.size());
        for (int i = 0; i < duplicates.length; i++) {
            outcome.add(new Published(events.get(i).id(), duplicates[i]));
        }
        return outcome;
    }
}
