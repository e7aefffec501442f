package ai.tradesense.worker;

import ai.tradesense.events.Payload;
import ai.tradesense.transport.Delivery;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// A lane that collects live events and runs them as batches. Tasks of parked subjects run alone, in their place.
final class BatchLane extends Lane {
    private final TaskProcessor processor;
    private final BatchProcessor batches;
    private final InstantSource clock;
    private final int maxEvents;
    private final int maxBytes;
    private final Duration maxAge;

    private volatile @Nullable Rest filling; // behind which what waits is a batch however small

    BatchLane(String name, TaskProcessor processor, BatchProcessor batches, BatchWorker worker, InstantSource clock) {
        super(name, processor);
        this.processor = processor;
        this.batches = batches;
        this.clock = clock;
        this.maxEvents = worker.maxBatchEvents();
        this.maxBytes = worker.maxBatchBytes();
        this.maxAge = worker.maxBatchAge();
    }

    @Override
    public @Nullable Instant wakeAt() {
        Rest rest = filling;
        return rest == null ? null : rest.until();
    }

    @Override
    int run() {
        int ran = 0;
        List<Task> tasks = next(List.of(), this::take);
        while (!tasks.isEmpty()) {
            ran += tasks.size();
            tasks = next(process(tasks), this::take);
        }
        return ran;
    }

    private List<Delivery> process(List<Task> tasks) {
        if (tasks.getFirst() instanceof Task.Live) {
            return batches.process(tasks.stream().map(task -> (Task.Live) task).toList(), this);
        }
        Delivery done = processor.process(tasks.getFirst(), this);
        return done == null ? List.of() : List.of(done);
    }

    /// A task of a parked subject, or the first events if they are a batch already; none if others may still join them.
    private List<Task> take() {
        int events = 0;
        long bytes = 0;
        boolean full = false;
        for (Task task : waiting()) {
            full = !(task instanceof Task.Live live)
                    || events == maxEvents
                    || (events > 0 && bytes + bytes(live) > maxBytes);
            if (full) {
                break;
            }
            bytes += bytes((Task.Live) task);
            events++;
        }
        if (events == 0) {
            filling = null;
            return full ? take(1) : List.of();
        }
        Instant now = clock.instant();
        Rest since = filling;
        if (!full && events < maxEvents && (since == null || since.lasts(now))) {
            filling = since == null ? Rest.of(maxAge, now) : since;
            return List.of();
        }
        filling = null;
        return take(events);
    }

    private List<Task> take(int count) {
        List<Task> taken = new ArrayList<>(count);
        while (taken.size() < count) {
            taken.add(Objects.requireNonNull(poll()));
        }
        return taken;
    }

    private static long bytes(Task.Live task) {
        return switch (task.event().data()) {
            case Payload.None _, Payload.Value _ -> 0;
            case Payload.Json json -> json.utf8().length;
            case Payload.Text text -> text.text().length();
            case Payload.Binary binary -> binary.bytes().length;
        };
    }

    /// A batch has many subjects; none of those behind it can be given away.
    @Override
    @Nullable
    Handover handOver(long nowNanos, long limitNanos) {
        return null;
    }
}
