package ai.tradesense.testkit.simulation;

import java.io.PrintStream;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/// The command behind `./verify simulation`.
public final class Main {
    private static final String USAGE = """
            usage: ./verify simulation [--seed N | [--from N] [--count N]] [--hazards NAME,NAME]
              --seed N     replays one seed and prints its steps
              --from N     the first seed to run; by default one that no other run has had
              --count N    how many to run, 10000 unless given
              --hazards    what to expose platforms to instead of the usual: MOVES, TAKEN_AWAY, KILLERS, FULL_PARKING
            """;
    private static final long DEFAULT_COUNT = 10_000;
    private static final int SHOWN = 3;

    private Main() {}

    /// Exits with 0 if every invariant held, 1 if one did not, 2 if the arguments make no sense.
    public static void main(String[] arguments) {
        System.exit(run(List.of(arguments), System.out, System.err));
    }

    static int run(List<String> arguments, PrintStream out, PrintStream err) {
        Map<String, String> options = new TreeMap<>();
        try {
            read(arguments, options);
            Experiment experiment = options.containsKey("--hazards")
                    ? Experiment.USUAL.exposedTo(hazards(options.get("--hazards")))
                    : Experiment.USUAL;
            String seed = options.get("--seed");
            if (seed != null) {
                return replay(Long.parseLong(seed), experiment, out);
            }
            String from = options.get("--from");
            String count = options.get("--count");
            return runMany(
                    from == null ? System.nanoTime() : Long.parseLong(from),
                    count == null ? DEFAULT_COUNT : Long.parseLong(count),
                    experiment,
                    out);
        } catch (IllegalArgumentException unusable) {
            err.println(unusable.getMessage());
            err.print(USAGE);
            return 2;
        }
    }

    private static void read(List<String> arguments, Map<String, String> options) {
        for (int i = 0; i < arguments.size(); i += 2) {
            String option = arguments.get(i);
            if (!List.of("--seed", "--from", "--count", "--hazards").contains(option)) {
                throw new IllegalArgumentException("there is no option " + option);
            }
            if (i + 1 == arguments.size()) {
                throw new IllegalArgumentException(option + " needs a value");
            }
            options.put(option, arguments.get(i + 1));
        }
        if (options.containsKey("--seed") && (options.containsKey("--from") || options.containsKey("--count"))) {
            throw new IllegalArgumentException("--seed replays one seed; --from and --count run many");
        }
    }

    private static Set<Hazard> hazards(String names) {
        Set<Hazard> hazards = EnumSet.noneOf(Hazard.class);
        for (String name : names.split(",", -1)) {
            hazards.add(Hazard.valueOf(name));
        }
        return hazards;
    }

    private static int replay(long seed, Experiment experiment, PrintStream out) {
        out.println(Simulation.trace(seed, experiment));
        return failureOf(seed, experiment).isPresent() ? 1 : 0;
    }

    private static int runMany(long first, long count, Experiment experiment, PrintStream out) {
        long start = System.nanoTime();
        List<SimulationFailure> failures = LongStream.range(first, first + count)
                .parallel()
                .mapToObj(seed -> failureOf(seed, experiment))
                .flatMap(Optional::stream)
                .toList();
        failures.stream().limit(SHOWN).forEach(failure -> out.println(failure.getMessage()));
        out.printf(
                "%d seeds from %d in %.1f s: %d failed%s%n",
                count,
                first,
                (System.nanoTime() - start) / 1e9,
                failures.size(),
                failures.isEmpty() ? "" : ": " + byInvariant(failures));
        return failures.isEmpty() ? 0 : 1;
    }

    private static Optional<SimulationFailure> failureOf(long seed, Experiment experiment) {
        try {
            Simulation.run(seed, experiment);
            return Optional.empty();
        } catch (SimulationFailure failure) {
            return Optional.of(failure);
        }
    }

    private static Map<Invariant, List<Long>> byInvariant(List<SimulationFailure> failures) {
        return failures.stream()
                .collect(Collectors.groupingBy(
                        SimulationFailure::invariant,
                        TreeMap::new,
                        Collectors.mapping(SimulationFailure::seed, Collectors.toList())));
    }
}
