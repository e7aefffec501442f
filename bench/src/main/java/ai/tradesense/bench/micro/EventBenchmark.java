package ai.tradesense.bench.micro;

import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Uuid7;
import java.time.InstantSource;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// Making events and checking them.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EventBenchmark {
    private final EventCatalog catalog = EventCatalog.standard();
    private final Uuid7 ids = new Uuid7(InstantSource.system(), new SplittableRandom(1));
    private final String typeName = "Trading.Order.Placed.v1";
    private final DomainEvent ofRecord = SampleEvents.event();
    private final DomainEvent ofJson = DomainEvent.builder(ofRecord.type())
            .id(SampleEvents.ID)
            .source(SampleEvents.SOURCE)
            .subject(ofRecord.subject())
            .time(SampleEvents.TIME)
            .data(Payload.json(((Payload.Value) ofRecord.data()).utf8()))
            .build();

    /// A name that was parsed before, as nearly all were.
    @Benchmark
    public EventType parseType() {
        return EventType.parse(typeName);
    }

    @Benchmark
    public String nextId() {
        return ids.next();
    }

    /// Record and envelope, with a new id.
    @Benchmark
    public DomainEvent build() {
        return DomainEvent.builder(SampleEvents.order())
                .id(ids.next())
                .source(SampleEvents.SOURCE)
                .time(SampleEvents.TIME)
                .build();
    }

    /// Data that is a record.
    @Benchmark
    public DomainEvent validateRecord() {
        catalog.validate(ofRecord);
        return ofRecord;
    }

    /// Data that came as JSON: schema and record.
    @Benchmark
    public DomainEvent validateJson() {
        catalog.validate(ofJson);
        return ofJson;
    }
}
