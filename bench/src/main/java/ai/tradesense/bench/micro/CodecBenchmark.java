package ai.tradesense.bench.micro;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
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

/// An event to JSON and back.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class CodecBenchmark {
    private final byte[] json = CloudEventJson.write(SampleEvents.event().envelope());
    private final CloudEvent received = CloudEventJson.readTrusted(json);
    private final OrderPlaced order = SampleEvents.order();

    /// A new event with a record to bytes: the record is encoded too.
    @Benchmark
    public byte[] writeRecord() {
        return CloudEventJson.write(DomainEvent.builder(order)
                .id(SampleEvents.ID)
                .source(SampleEvents.SOURCE)
                .time(SampleEvents.TIME)
                .build()
                .envelope());
    }

    /// An event whose data is JSON already.
    @Benchmark
    public byte[] writeJson() {
        return CloudEventJson.write(received);
    }

    /// From outside: everything is checked.
    @Benchmark
    public CloudEvent read() {
        return CloudEventJson.read(json);
    }

    /// What we wrote ourselves.
    @Benchmark
    public CloudEvent readTrusted() {
        return CloudEventJson.readTrusted(json);
    }

    /// The same, and the record that its data is.
    @Benchmark
    public OrderPlaced readTrustedRecord() {
        return CloudEventJson.readTrusted(json).data().as(OrderPlaced.class);
    }
}
