package ai.tradesense.bench.micro;

import ai.tradesense.events.Uuid7;
import ai.tradesense.transport.RecentEvents;
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

/// The filter of duplicates.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class RecentEventsBenchmark {
    /// More than the filter remembers, so that every one is new when its turn comes again.
    private static final int IDS = 1 << 18;

    private final RecentEvents recent = new RecentEvents(1 << 15);
    private final String source = SampleEvents.SOURCE.toString();
    private final String[] ids = new String[IDS];
    private int next;

    public RecentEventsBenchmark() {
        Uuid7 generator = new Uuid7(InstantSource.system(), new SplittableRandom(1));
        for (int i = 0; i < IDS; i++) {
            ids[i] = generator.next();
        }
    }

    /// An event that was not seen before.
    @Benchmark
    public boolean addNew() {
        return recent.add(source, ids[next++ & (IDS - 1)]);
    }

    /// An event that was seen just now.
    @Benchmark
    public boolean addAgain() {
        return recent.add(source, ids[0]);
    }
}
