package ai.tradesense.bench;

import java.util.Formatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A result for people.
final class TableReport {
    private static final String ROW = "%-36s %12s %12s %12s %8s  %9s %9s %9s  %9s %9s %9s%n";

    private final StringBuilder text = new StringBuilder();
    private final Formatter format = new Formatter(text, Locale.ROOT);

    private TableReport() {}

    static String of(Result result) {
        TableReport report = new TableReport();
        report.what(result);
        report.figures(result);
        report.failures(result.failures());
        report.store(result.store());
        report.checks(result);
        report.where(result.machine(), result.settings());
        return report.text.toString();
    }

    private void what(Result result) {
        Settings settings = result.settings();
        format.format(
                "%s: rounds of %,d events of %.0f bytes, %d measured after %d to warm up%n",
                result.transport(), result.events(), settings.eventBytes(), settings.rounds(), settings.warmup());
        format.format(
                "%d %s, batches of up to %,d, %,d subjects%n",
                settings.publishers(),
                settings.publishers() == 1 ? "publisher" : "publishers",
                settings.batch(),
                settings.subjects());
        format.format("loop %s", settings.loop());
        if (settings.rate() != null) {
            format.format(", %,d/s", settings.rate());
        }
        format.format("%n%n");
    }

    private void figures(Result result) {
        format.format("%62s %24s %-29s %s%n", "events/s", "", "publish, ms", "end to end, ms");
        format.format(ROW, "", "median", "min", "max", "CPU, ns", "p50", "p99", "p99.9", "p50", "p99", "p99.9");
        row(
                "tradesense " + result.transport(),
                result.eventsPerSecond(),
                result.eventsPerSecondMin(),
                result.eventsPerSecondMax(),
                result.cpuNanosPerEvent(),
                result.publish(),
                result.endToEnd());
        for (Result.Compared other : result.contenders()) {
            row(
                    other.name(),
                    other.eventsPerSecond(),
                    other.eventsPerSecondMin(),
                    other.eventsPerSecondMax(),
                    other.cpuNanosPerEvent(),
                    other.publish(),
                    other.endToEnd());
        }
        format.format("%n");
    }

    private void row(
            String name,
            long median,
            long min,
            long max,
            long cpuNanos,
            Percentiles publish,
            @Nullable Percentiles endToEnd) {
        format.format(
                ROW,
                name,
                number(median),
                number(min),
                number(max),
                number(cpuNanos),
                millis(publish.p50()),
                millis(publish.p99()),
                millis(publish.p999()),
                endToEnd == null ? "-" : millis(endToEnd.p50()),
                endToEnd == null ? "-" : millis(endToEnd.p99()),
                endToEnd == null ? "-" : millis(endToEnd.p999()));
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String millis(double micros) {
        return String.format(Locale.ROOT, "%,.3f", micros / 1_000);
    }

    private void failures(Result.@Nullable Failures failures) {
        if (failures != null) {
            format.format("throughput with all to meet failures: %.3f of that without%n", failures.guardedThroughput());
            format.format(
                    "throughput while 1 %% fail once: %.3f of that when none do%n", failures.failingOnceThroughput());
            format.format(
                    "p99 end to end of the others while one subject fails for ever: %.3f of that when none does%n%n",
                    failures.othersP99());
        }
    }

    private void store(Result.@Nullable Store store) {
        if (store != null) {
            format.format("appends alone: %.3f of bare inserts%n", store.appendShare());
            Result.Read read = store.read();
            format.format(
                    "reading all of %,d events: %,d events/s (%,d to %,d)%n",
                    read.events(), read.eventsPerSecond(), read.eventsPerSecondMin(), read.eventsPerSecondMax());
            for (Result.Loaded loaded : store.loads()) {
                format.format(
                        "loading an aggregate of %,d events among %,d others, %s: %s ms, p99 %s ms%n",
                        loaded.events(),
                        loaded.among(),
                        loaded.where(),
                        millis(loaded.took().p50()),
                        millis(loaded.took().p99()));
            }
            format.format("%n");
        }
    }

    private void checks(Result result) {
        format.format(
                "lost %,d, duplicated %,d, out of order %,d%n",
                result.lost(), result.duplicated(), result.misordered());
        for (Result.Compared other : result.contenders()) {
            if (!other.isSound()) {
                format.format(
                        "%s: lost %,d, duplicated %,d, out of order %,d%n",
                        other.name(), other.lost(), other.duplicated(), other.misordered());
            }
        }
        format.format("%n");
    }

    private void where(Machine machine, Settings settings) {
        format.format(
                "%s, %d cores, %,d MiB, load average %.2f before%n",
                machine.cpu(), machine.cores(), machine.memoryMiB(), machine.loadAverage());
        format.format(
                "%s; data on %s, fsync of 4 KiB %.0f µs; longest pause of an idle processor %.1f ms%n",
                machine.os(), machine.dataFileSystem(), machine.fsyncMicros(), machine.pauseMillis());
        format.format(
                "Java %s, heap up to %,d MiB, %s%n",
                machine.jdk(), settings.heapMiB(), String.join(" and ", settings.garbageCollectors()));
    }
}
