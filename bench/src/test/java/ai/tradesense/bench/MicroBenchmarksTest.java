package ai.tradesense.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.OutputStream;
import java.io.PrintStream;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

class MicroBenchmarksTest {
    @Test
    void every_benchmark_runs() throws RunnerException {
        List<MicroBenchmarks.Measured> measured = MicroBenchmarks.measure(
                new OptionsBuilder()
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(1))
                        .build(),
                new PrintStream(OutputStream.nullOutputStream()));

        assertThat(measured)
                .extracting(MicroBenchmarks.Measured::name)
                .containsExactly(
                        "Codec.read",
                        "Codec.readTrusted",
                        "Codec.readTrustedRecord",
                        "Codec.writeJson",
                        "Codec.writeRecord",
                        "Event.build",
                        "Event.nextId",
                        "Event.parseType",
                        "Event.validateJson",
                        "Event.validateRecord",
                        "RecentEvents.addAgain",
                        "RecentEvents.addNew");
        assertThat(measured).allSatisfy(one -> {
            assertThat(one.score()).isPositive();
            assertThat(one.unit()).isEqualTo("ns/op");
        });
    }
}
