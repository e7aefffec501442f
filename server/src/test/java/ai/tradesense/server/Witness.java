package ai.tradesense.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.retry.TransientException;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/// Writes a line into a file for each event it processes: `subject number id`. A line is one write, which the operating
/// system keeps when the process is killed. An event whose number is a multiple of `failsEvery` fails the first time.
final class Witness implements EventWorker {
    static final List<String> NAMES = List.of("steady", "flaky", "flakier");

    private final String name;
    private final int failsEvery;
    private final FileChannel file;

    Witness(String name, int failsEvery, Path folder) throws IOException {
        this.name = name;
        this.failsEvery = failsEvery;
        this.file = FileChannel.open(
                folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE);
    }

    /// The number of an event within its subject, which is the end of its id.
    private static long number(String id) {
        return Long.parseLong(id.substring(id.lastIndexOf('-') + 1));
    }

    /// That each witness has seen exactly some events, and those of each subject in the order of their numbers, by the
    /// first time that each took effect: after a crash a few may come again.
    static void assertSaw(Path folder, Set<String> ids) throws IOException {
        for (String name : NAMES) {
            Set<String> processed = new HashSet<>();
            Map<String, Long> latest = new HashMap<>();
            for (String line : Files.readAllLines(folder.resolve(name))) {
                String[] parts = line.split(" ", -1);
                if (processed.add(parts[2])) {
                    long before = latest.getOrDefault(parts[0], -1L);
                    assertThat(Long.parseLong(parts[1]))
                            .as("%s: what follows number %d of %s", name, before, parts[0])
                            .isEqualTo(before + 1);
                    latest.put(parts[0], before + 1);
                }
            }
            assertThat(processed).as(name).isEqualTo(ids);
        }
    }

    @Override
    public String workerName() {
        return name;
    }

    @Override
    public Set<String> subscribesTo() {
        return Set.of(Samples.TYPE);
    }

    @Override
    public Duration retryDelay() {
        return Duration.ofMillis(20);
    }

    @Override
    public void processEvent(DomainEvent event, ExecutionContext context) throws IOException {
        long number = number(event.id());
        if (context.attempt() == 1 && failsEvery > 0 && number % failsEvery == 0) {
            throw new TransientException("fails the first time, on purpose");
        }
        file.write(ByteBuffer.wrap((event.subject() + " " + number + " " + event.id() + "\n").getBytes(UTF_8)));
    }
}
