package ai.tradesense.testkit.contract;

import static java.nio.charset.StandardCharsets.US_ASCII;

import ai.tradesense.worker.Worker;
import java.io.IOException;
import java.io.InputStream;
import java.lang.ProcessBuilder.Redirect;
import java.lang.reflect.Constructor;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/// One instance of a group in a JVM of its own, which can be killed and frozen. It writes a line for each event that
/// its worker processes; what is written is there even if the process is not.
final class InstanceProcess implements AutoCloseable {
    /// An event that was processed.
    ///
    /// @param at by the clock that all processes of a machine share
    record Processed(long at, int instance, String subject, int number) {}

    private final Process process;
    private final int number;
    private final Path lines;
    private final List<Processed> processed = new ArrayList<>();
    private long read; // bytes of its lines

    private InstanceProcess(Process process, int number, Path lines) {
        this.process = process;
        this.number = number;
        this.lines = lines;
    }

    /// Starts an instance on the platform that a suite opens; it keeps its lines in a folder.
    static InstanceProcess start(Class<? extends InstancesContract> suite, int port, int number, Path folder)
            throws IOException {
        Path lines = Files.createFile(folder.resolve("instance-" + number));
        List<String> command = List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                InstanceProcess.class.getName(),
                suite.getName(),
                Integer.toString(port),
                lines.toString());
        return new InstanceProcess(
                new ProcessBuilder(command)
                        .redirectOutput(Redirect.DISCARD)
                        .redirectError(Redirect.INHERIT)
                        .start(),
                number,
                lines);
    }

    Process process() {
        return process;
    }

    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    /// What it has processed; a line that is not whole was never said.
    synchronized List<Processed> processed() throws IOException {
        try (InputStream in = Files.newInputStream(lines)) {
            in.skipNBytes(read);
            String more = new String(in.readAllBytes(), US_ASCII);
            String whole = more.substring(0, more.lastIndexOf('\n') + 1);
            read += whole.length();
            whole.lines()
                    .map(line -> line.split(" ", -1))
                    .map(words -> new Processed(Long.parseLong(words[0]), number, words[1], Integer.parseInt(words[2])))
                    .forEach(processed::add);
        }
        return List.copyOf(processed);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    public static void main(String[] arguments) throws Exception {
        Constructor<?> suite = Class.forName(arguments[0]).getDeclaredConstructor();
        suite.setAccessible(true);
        InstancesContract instances = (InstancesContract) suite.newInstance();
        FileChannel lines = FileChannel.open(Path.of(arguments[2]), StandardOpenOption.APPEND);
        instances
                .platform(Integer.parseInt(arguments[1]))
                .build()
                .register(Worker.named("readers")
                        .on("Trading.*", (event, context) -> {
                            String line = System.nanoTime() + " " + event.subject() + " " + event.id() + "\n";
                            lines.write(ByteBuffer.wrap(line.getBytes(US_ASCII)));
                        })
                        .build());
        Thread.currentThread().join(); // until it is killed
    }
}
