package ai.tradesense.bench;

import ai.tradesense.bus.Limits;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import tools.jackson.databind.json.JsonMapper;

/// What may be asked for on the command line.
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        sortOptions = false,
        description = "Measures publishing and processing on this machine: events published durably, dispatched in"
                + " the order of each subject, handled and acknowledged; each one is checked.",
        footer = {
            "",
            "Ends with 0 if all went well, 1 if an event was lost, came twice or came out of order or something"
                    + " failed, 2 if it was called wrongly."
        })
final class BenchCommand implements Callable<Integer> {
    /// What a prepared event takes of the heap, with what is noted of it; somewhat more than was measured.
    private static final long PREPARED_BYTES = 1_200;

    /// What is noted of an event takes this much.
    private static final long NOTED_BYTES = 40;

    private static final int STORED_EVENTS = 1_000_000;
    private static final Set<TransportName> FAILING =
            Set.of(TransportName.MEMORY, TransportName.EMBEDDED, TransportName.KAFKA);
    private static final int MAX_EVENTS = 100_000_000;

    /// A round is given up when nothing is handled for [Round#PATIENCE].
    private static final int MAX_RETRY_MILLIS = 10_000;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it
    private CommandSpec spec;

    @Option(
            names = "--transport",
            paramLabel = "T",
            defaultValue = "embedded",
            description = "What to measure: ${COMPLETION-CANDIDATES}. Default: ${DEFAULT-VALUE}.")
    private TransportName transport = TransportName.EMBEDDED;

    @Option(names = "--compare", description = "Measures raw clients and peers in turn with ours.")
    private boolean compare;

    @Option(
            names = "--against",
            paramLabel = "TEXT",
            description = "Like --compare, with those alone whose name has this in it.")
    private @Nullable String against;

    @Option(
            names = "--failures",
            description =
                    "Measures ours with all there is to meet failures in turn with ours without, and while 1 %% of"
                            + " events fail once, and while one subject fails for ever. For memory, embedded and kafka.")
    private boolean failures;

    @Option(
            names = "--store",
            description =
                    "Measures the event store by itself: appends in turn with bare inserts, then reading all of a log"
                            + " of a million events (or --events), and loading aggregates of 1000 events in it. For"
                            + " embedded and postgresql.")
    private boolean store;

    @Option(
            names = "--retry-delay",
            paramLabel = "MILLIS",
            description = "With --failures: after how long what failed is tried again for the first time. Default: 10.")
    private @Nullable Integer retryDelay;

    @Option(
            names = "--rate",
            paramLabel = "N",
            description = "An open loop: N events fall due every second, and latency counts from then."
                    + " Without it: a closed loop, as fast as it goes.")
    private @Nullable Integer rate;

    @Option(
            names = "--events",
            paramLabel = "N",
            description =
                    "Events in a round. Default: 500000 embedded, 2000000 memory, 300000 redis, 100000 postgresql,"
                            + " 1000000 kafka and rabbitmq-stream, 200000 rabbitmq, 10 seconds' worth with --rate.")
    private @Nullable Integer events;

    @Option(
            names = "--blocking",
            paramLabel = "MS",
            defaultValue = "0",
            description = "How long the handler blocks for each event, in milliseconds. For kafka.")
    private int blocking;

    @Option(
            names = "--batch",
            paramLabel = "N",
            defaultValue = "500",
            description = "The most events in one publish. Default: ${DEFAULT-VALUE}.")
    private int batch;

    @Option(
            names = "--publishers",
            paramLabel = "N",
            defaultValue = "2",
            description = "Threads that publish. Default: ${DEFAULT-VALUE}.")
    private int publishers;

    @Option(
            names = "--subjects",
            paramLabel = "N",
            defaultValue = "10000",
            description = "Accounts that the events are about. Default: ${DEFAULT-VALUE}.")
    private int subjects;

    @Option(
            names = "--rounds",
            paramLabel = "N",
            defaultValue = "5",
            description = "Measured rounds; the median counts. Default: ${DEFAULT-VALUE}.")
    private int rounds;

    @Option(
            names = "--warmup",
            paramLabel = "N",
            defaultValue = "2",
            description = "Rounds before those. Default: ${DEFAULT-VALUE}.")
    private int warmup;

    @Option(
            names = "--data",
            paramLabel = "DIR",
            description = "Where to put what is stored meanwhile, in a new folder that is removed in the end."
                    + " Default: the system's folder for temporary files.")
    private @Nullable Path data;

    @Option(
            names = "--micro",
            arity = "0..1",
            paramLabel = "PATTERN",
            fallbackValue = ".*",
            description = "Runs the JMH benchmarks that a regular expression finds (all without one) instead.")
    private @Nullable String micro;

    @Option(names = "--json", description = "Prints one JSON object.")
    private boolean json;

    private final PrintStream out;
    private final PrintStream err;

    BenchCommand(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws Exception {
        if (micro != null) {
            return MicroBenchmarks.run(micro, json, out, err);
        }
        Plan plan = plan();
        Result result = measure(plan);
        if (json) {
            out.println(JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsString(result));
        } else {
            out.print(TableReport.of(result));
        }
        if (!result.isSound()) {
            err.printf(
                    "bench: %,d events lost, %,d duplicated, %,d out of order%n",
                    result.lost(), result.duplicated(), result.misordered());
            return Main.FAILED;
        }
        return Main.OK;
    }

    private Result measure(Plan plan) throws IOException {
        try (BenchmarkFiles files = new BenchmarkFiles(data)) {
            Suite suite = new Suite(plan, files, InstantSource.system(), System::nanoTime);
            Consumer<String> progress = message -> err.println("bench: " + message);
            if (store) {
                return suite.runStore(progress);
            }
            return failures
                    ? suite.runFailures(progress)
                    : suite.run(against != null ? against : compare ? "" : null, progress);
        }
    }

    private Plan plan() {
        boolean compares = compare || against != null;
        if (failures && (compares || blocking != 0 || !FAILING.contains(transport))) {
            throw wrong("--failures is for memory, embedded and kafka, and not together with --compare or --blocking");
        }
        if (store
                && (compares
                        || failures
                        || (transport != TransportName.EMBEDDED && transport != TransportName.POSTGRESQL))) {
            throw wrong("--store is for embedded and postgresql, and not together with --compare or --failures");
        }
        if (blocking != 0 && transport != TransportName.KAFKA) {
            throw wrong("--blocking is for kafka");
        }
        require("--blocking", blocking, 0, 10_000);
        if (retryDelay != null && !failures) {
            throw wrong("--retry-delay goes with --failures");
        }
        require("--retry-delay", retryDelay == null ? 1 : retryDelay, 1, MAX_RETRY_MILLIS);
        require("--rate", rate == null ? 1 : rate, 1, 100_000_000);
        int count = events != null ? events : usualEvents();
        require("--events", count, 1, MAX_EVENTS);
        require("--batch", batch, 1, Limits.DEFAULT.maxBatchEvents());
        require("--publishers", publishers, 1, 64);
        require("--subjects", subjects, publishers, 999_999);
        require("--rounds", rounds, 1, 1_000);
        require("--warmup", warmup, 0, 1_000);
        if (count < publishers) {
            throw wrong(String.format(
                    Locale.ROOT, "--events is %,d, expected at least as many as there are publishers", count));
        }
        long each = transport == TransportName.MEMORY || compares || store ? PREPARED_BYTES : NOTED_BYTES;
        long needed = (count * each) >> 20;
        long there = Runtime.getRuntime().maxMemory() >> 20;
        if (needed > there) {
            throw wrong(String.format(
                    Locale.ROOT,
                    "--events is %,d, which needs about %,d MiB of heap; there are %,d",
                    count,
                    needed,
                    there));
        }
        return new Plan(
                transport,
                count,
                batch,
                publishers,
                subjects,
                rounds,
                warmup,
                rate,
                firstRetry(),
                Duration.ofMillis(blocking));
    }

    private Duration firstRetry() {
        return retryDelay == null ? Trouble.FIRST_RETRY : Duration.ofMillis(retryDelay);
    }

    private int usualEvents() {
        if (store && rate == null) {
            return STORED_EVENTS;
        }
        return rate == null ? transport.usualEvents() : (int) Math.min(10L * rate, MAX_EVENTS);
    }

    private void require(String option, int value, int lowest, int highest) {
        if (value < lowest || value > highest) {
            throw wrong(String.format(Locale.ROOT, "%s is %d, expected %d to %d", option, value, lowest, highest));
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec.commandLine(), message);
    }
}
