package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.transport.MemoryTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// Everything at once, on real threads.
final class StressTest {
    private static final int SUBJECTS = 200;
    private static final int PER_SUBJECT = 100;
    private static final int PUBLISHERS = 4;

    @Test
    void twenty_thousand_events_of_two_hundred_subjects_survive_random_failures() {
        RecordingWorker worker =
                new RecordingWorker("margin", (event, context) -> {
                    Random ofAttempt = new Random(event.id().hashCode() * 31L + context.attempt());
                    ofAttempt.nextInt();
                    int dice = ofAttempt.nextInt(1_000);
                    if (dice < 2) {
                        throw new PermanentException("never");
                    }
                    if (dice < 30) {
                        throw new IllegalStateException("not yet");
                    }
                    if (dice < 35) {
                        throw new AssertionError("worse");
                    }
                }) {
                    @Override
                    public Duration retryDelay() {
                        return Duration.ofMillis(2);
                    }

                    @Override
                    public int concurrency() {
                        return 8;
                    }
                };
        RecordingWorker audit = new RecordingWorker("audit");
        try (Threads threads = new Threads(new MemoryTransport(1_024), ThreadRuntime.DEFAULT_GRACE)) {
            threads.tradesense().register(worker);
            threads.tradesense().register(audit);
            List<CompletableFuture<List<String>>> publishers = IntStream.range(0, PUBLISHERS)
                    .mapToObj(publisher -> CompletableFuture.supplyAsync(() -> publish(threads, publisher)))
                    .toList();
            List<String> published =
                    publishers.stream().flatMap(each -> each.join().stream()).toList();
            threads.awaitRest("margin");
            threads.awaitRest("audit");

            assertThat(published).hasSize(SUBJECTS * PER_SUBJECT);
            Places.assertEachInOnePlace(published, worker, threads.parking());
            Places.assertCalledInOrder(worker);
            assertThat(Places.dead(worker, threads.parking())).isNotEmpty();
            Places.assertEachInOnePlace(published, audit, threads.parking());
            Places.assertCalledInOrder(audit);
        }
    }

    /// Publishes a share of the subjects, mixed, in batches of any size, some of it twice.
    private static List<String> publish(Threads threads, int publisher) {
        Random random = new Random(publisher);
        List<String> ids = new ArrayList<>();
        List<String> turns = new ArrayList<>();
        for (int subject = publisher; subject < SUBJECTS; subject += PUBLISHERS) {
            turns.addAll(Collections.nCopies(PER_SUBJECT, "acc-" + subject));
        }
        Collections.shuffle(turns, random);
        int[] next = new int[SUBJECTS];
        List<DomainEvent> batch = new ArrayList<>();
        for (String account : turns) {
            DomainEvent event = OrderPlaced.event(account, ++next[Integer.parseInt(account.substring(4))]);
            ids.add(event.id());
            batch.add(event);
            if (random.nextInt(20) == 0) {
                threads.tradesense().publish(batch);
                threads.tradesense().publish(batch.getFirst());
                batch.clear();
            }
        }
        threads.tradesense().publish(batch);
        return ids;
    }
}
