package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.retry.UnfinishedAttemptException;
import ai.tradesense.worker.Worker;
import ai.tradesense.worker.WorkerStatus;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// An event that ends the process of whoever handles it, for real, reaches the dead letters like any other.
class KillerEventTest {
    private static final int EVENTS = 150;
    private static final int KILLER = 67;
    private static final int KILLED = 9;

    @TempDir
    Path folder;

    @Test
    void an_event_that_halts_its_process_becomes_a_dead_letter_and_every_other_event_is_processed() throws Exception {
        Path file = folder.resolve("log.db");
        Path effects = Files.createFile(folder.resolve("effects"));
        try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + file)) {
            log.transport()
                    .send(IntStream.range(0, EVENTS)
                            .mapToObj(KillerEventTest::event)
                            .toList());
        }

        List<Integer> exits = new ArrayList<>();
        while (exits.isEmpty() || (exits.getLast() == KILLED && exits.size() < 20)) {
            exits.add(run(file, effects));
        }

        assertThat(exits.getLast()).isZero();
        assertThat(exits)
                .as("once unobserved, once with the others, then as often as it may be tried")
                .hasSizeLessThanOrEqualTo(7);
        try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + file)) {
            List<ParkedEvent> dead = log.parking().deadLetters(new DeadLetterQuery(null, null, null, null, 10));
            assertThat(dead).extracting(ParkedEvent::id).containsExactly("event-" + KILLER);
            assertThat(dead.getFirst().failures())
                    .hasSize(4)
                    .extracting(Failure::exception)
                    .containsOnly(UnfinishedAttemptException.class.getName());
        }
        assertThat(Files.readAllLines(effects).stream().distinct())
                .containsExactlyInAnyOrderElementsOf(IntStream.range(0, EVENTS)
                        .filter(number -> number != KILLER)
                        .mapToObj(number -> "event-" + number)
                        .toList());
    }

    private static DomainEvent event(int number) {
        return DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .subject("account-" + number % 7)
                .id("event-" + number)
                .source(URI.create("/tests"))
                .time(Instant.EPOCH)
                .build();
    }

    private static int run(Path file, Path effects) throws Exception {
        try (ChildProcess child = ChildProcess.start(Works.class, file.toString(), effects.toString())) {
            return child.exitValue();
        }
    }

    /// Processes what there is; ends by itself when nothing is left, or by one event.
    static final class Works {
        private Works() {}

        public static void main(String[] arguments) {
            Path effects = Path.of(arguments[1]);
            try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + arguments[0]);
                    TradeSense tradesense = TradeSense.builder().log(log).build()) {
                tradesense.register(Worker.named("victim")
                        .on("*", (event, context) -> {
                            if (event.id().equals("event-" + KILLER)) {
                                Runtime.getRuntime().halt(KILLED);
                            }
                            Files.writeString(effects, event.id() + "\n", StandardOpenOption.APPEND);
                        })
                        .retryDelay(Duration.ofMillis(50))
                        .build());
                while (!isAtRest(tradesense.workers().worker("victim").orElseThrow())) {
                    LockSupport.parkNanos(20_000_000);
                }
            }
        }

        private static boolean isAtRest(WorkerStatus status) {
            return status.lag() == 0 && status.parked() == 0 && status.deadLetters() == 1;
        }
    }
}
