package ai.tradesense.bench;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.io.PrintStream;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.NoBenchmarksException;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;
import tools.jackson.databind.json.JsonMapper;

/// Runs the JMH benchmarks of the package `micro`.
final class MicroBenchmarks {
    /// One benchmark's result.
    ///
    /// @param error half the width of the 99.9 % confidence interval
    record Measured(
            @JsonProperty("name") String name,
            @JsonProperty("score") double score,
            @JsonProperty("error") double error,
            @JsonProperty("unit") String unit) {
        static Measured of(RunResult run) {
            Result<?> primary = run.getPrimaryResult();
            String[] parts = run.getParams().getBenchmark().split("\\.", -1);
            String name = parts[parts.length - 2].replace("Benchmark", "") + "." + parts[parts.length - 1];
            return new Measured(name, primary.getScore(), primary.getScoreError(), primary.getScoreUnit());
        }
    }

    private MicroBenchmarks() {}

    /// Runs those whose name contains a match of a regular expression; the exit code.
    static int run(String pattern, boolean json, PrintStream out, PrintStream err) throws RunnerException {
        try {
            Pattern.compile(pattern);
        } catch (PatternSyntaxException wrong) {
            err.println("bench: --micro is no regular expression: " + wrong.getMessage());
            return Main.WRONG_USAGE;
        }
        List<Measured> measured;
        try {
            measured = measure(new OptionsBuilder().include(pattern).build(), err);
        } catch (NoBenchmarksException none) {
            err.println("bench: --micro '" + pattern + "' finds no benchmark");
            return Main.WRONG_USAGE;
        }
        if (json) {
            out.println(JsonMapper.shared().writeValueAsString(java.util.Map.of("micro", measured)));
        } else {
            for (Measured one : measured) {
                out.printf(Locale.ROOT, "%-32s %10.1f ± %.1f %s%n", one.name(), one.score(), one.error(), one.unit());
            }
        }
        return Main.OK;
    }

    /// Runs the benchmarks that JMH's options say.
    static List<Measured> measure(Options options, PrintStream progress) throws RunnerException {
        return new Runner(options, OutputFormatFactory.createFormatInstance(progress, VerboseMode.NORMAL))
                .run().stream()
                        .map(Measured::of)
                        .sorted(Comparator.comparing(Measured::name))
                        .toList();
    }
}
