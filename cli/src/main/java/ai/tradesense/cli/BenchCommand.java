package ai.tradesense.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// Runs the benchmarks; what its arguments mean, they say themselves.
@Command(name = "bench", description = "Measures publishing and processing on this machine; 'bench --help' says how.")
final class BenchCommand implements Callable<Integer> {
    private static final ForeignMain BENCHMARKS = new ForeignMain("ai.tradesense.bench.Main", "benchmarks");

    @Unmatched
    private List<String> arguments = new ArrayList<>();

    @Override
    public Integer call() throws Exception {
        BENCHMARKS.run(arguments.toArray(String[]::new));
        return Main.OK;
    }
}
