package ai.tradesense.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.retry.TransientException;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Set;

/// Writes a line into a file for each event it processes: `subject number id`. A line is one write, which the operating
/// system keeps when the process is killed. An event whose number is a multiple of `failsEvery` fails the first time.
final class Witness implements EventWorker {
    private final String name;
    private final int failsEvery;
    private final FileChannel file;

    Witness(String name, int failsEvery, Path folder) throws IOException {
        this.name = name;
        this.failsEvery = failsEvery;
        this.file = FileChannel.open(
                folder.resolve(name), StandardOpenOption.CREATE, StandardOpenOption.APPEND, StandardOpenOption.WRITE);
    }

    @Override
    public String workerName() {
        return name;
    }

    @Override
    public Set<String> subscribesTo() {
        return Set.of(CrashTest.TYPE);
    }

    @Override
    public Duration retryDelay() {
        return Duration.ofMillis(20);
    }

    @Override
    public void processEvent(DomainEvent event, ExecutionContext context) throws IOException {
        long number = CrashTest.number(event.id());
        if (context.attempt() == 1 && failsEvery > 0 && number % failsEvery == 0) {
            throw new TransientException("fails the first time, on purpose");
        }
        file.write(ByteBuffer.wrap((event.subject() + " " + number + " " + event.id() + "\n").getBytes(UTF_8)));
    }
}
