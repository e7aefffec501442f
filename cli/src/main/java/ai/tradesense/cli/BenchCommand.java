package ai.tradesense.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/// Runs the benchmarks; what its arguments mean, they say themselves.
@Command(name = "bench", description = "Measures publishing and processing on this machine; 'bench --help' says how.")
final class BenchCommand implements Callable<Integer> {
    @Unmatched
    private List<String> arguments = new ArrayList<>();

    private final ForeignMain benchmarks;

    BenchCommand(ForeignMain benchmarks) {
        this.benchmarks = benchmarks;
    }

    @Override
    public Integer call() throws Exception {
        benchmarks.run(arguments.toArray(String[]::new));
        return Main.OK;
    }
}
