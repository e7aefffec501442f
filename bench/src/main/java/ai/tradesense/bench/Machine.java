package ai.tradesense.bench;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;

/// The machine that was measured on.
///
/// @param cpu its model
/// @param cores how many the JVM may use
/// @param memoryMiB all there is
/// @param os name and kernel
/// @param jdk version and VM
/// @param dataFileSystem what the data was on
/// @param fsyncMicros median time of an fsync of 4 KiB there
/// @param pauseMillis the longest time for which one of its processors did not run a thread that wanted to run, while
/// nothing was measured
/// @param loadAverage of the last minute, before anything was measured; less than 0 if not known
record Machine(
        String cpu,
        int cores,
        long memoryMiB,
        String os,
        String jdk,
        String dataFileSystem,
        double fsyncMicros,
        double pauseMillis,
        double loadAverage) {
    private static final Duration SPINNING = Duration.ofSeconds(1);
    private static final int FSYNCS = 100;
    private static final int FSYNC_BYTES = 4_096;

    /// Looks at the machine, and at the disk below `folder`.
    static Machine look(Path folder) throws IOException {
        OperatingSystemMXBean system = ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
        double load = system.getSystemLoadAverage();
        FileStore store = Files.getFileStore(folder);
        return new Machine(
                cpuModel(),
                Runtime.getRuntime().availableProcessors(),
                system.getTotalMemorySize() >> 20,
                osAndKernel(),
                System.getProperty("java.runtime.version") + ", " + System.getProperty("java.vm.name"),
                store.type() + " on " + store.name(),
                Math.round(fsyncNanos(folder) / 100.0) / 10.0,
                Math.round(longestPauseNanos() / 100_000.0) / 10.0,
                Math.round(load * 100) / 100.0);
    }

    private static String cpuModel() {
        return firstValue(Path.of("/proc/cpuinfo"), "model name", ":", System.getProperty("os.arch"));
    }

    private static String osAndKernel() {
        String kernel = System.getProperty("os.name") + " " + System.getProperty("os.version");
        String release = firstValue(Path.of("/etc/os-release"), "PRETTY_NAME", "=", "");
        return release.isEmpty() ? kernel : release.replace("\"", "") + ", " + kernel;
    }

    /// What stands behind a name in a file of the system, if there is such a file.
    private static String firstValue(Path file, String name, String separator, String otherwise) {
        List<String> lines;
        try {
            lines = Files.readAllLines(file);
        } catch (IOException _) {
            return otherwise; // not Linux
        }
        for (String line : lines) {
            int at = line.indexOf(separator);
            if (at > 0 && line.substring(0, at).strip().equals(name)) {
                return line.substring(at + separator.length()).strip();
            }
        }
        return otherwise;
    }

    /// What is left of a processor that hypervisor, kernel and others take from time to time is the floor of every
    /// latency.
    private static long longestPauseNanos() {
        int processors = Runtime.getRuntime().availableProcessors();
        return IntStream.range(0, processors)
                .mapToObj(_ -> CompletableFuture.supplyAsync(Machine::spin, Machine::inThreadOfItsOwn))
                .toList()
                .stream()
                .mapToLong(CompletableFuture::join)
                .max()
                .orElse(0);
    }

    private static void inThreadOfItsOwn(Runnable work) {
        Thread _ = Thread.ofPlatform().name("bench-pauses").daemon(true).start(work);
    }

    private static long spin() {
        long from = System.nanoTime();
        long longest = 0;
        for (long before = from, now = from; now - from < SPINNING.toNanos(); before = now) {
            now = System.nanoTime();
            longest = Math.max(longest, now - before);
        }
        return longest;
    }

    private static long fsyncNanos(Path folder) throws IOException {
        Path file = Files.createTempFile(folder, "fsync", ".tmp");
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            ByteBuffer block = ByteBuffer.allocateDirect(FSYNC_BYTES);
            long[] nanos = new long[FSYNCS];
            for (int i = 0; i < FSYNCS; i++) {
                block.clear();
                long from = System.nanoTime();
                while (block.hasRemaining()) {
                    channel.write(block);
                }
                channel.force(true);
                nanos[i] = System.nanoTime() - from;
            }
            Arrays.sort(nanos);
            return (nanos[FSYNCS / 2 - 1] + nanos[FSYNCS / 2]) / 2;
        } finally {
            Files.delete(file);
        }
    }
}
