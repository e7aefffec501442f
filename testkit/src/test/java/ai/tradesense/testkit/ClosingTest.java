package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.transport.MemoryTransport;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// On real threads, a platform that closes ends what it has begun, and leaves the rest to the next one.
final class ClosingTest {
    private static final Duration SHORT_GRACE = Duration.ofMillis(500);

    @Test
    void closing_while_handlers_run_and_fail_loses_nothing_and_repeats_nothing() {
        AtomicInteger calls = new AtomicInteger();
        RecordingWorker worker =
                new RecordingWorker("margin", (event, context) -> {
                    if (calls.incrementAndGet() % 10 == 0) {
                        throw new IllegalStateException("now and then");
                    }
                }) {
                    @Override
                    public Duration retryDelay() {
                        return Duration.ofMillis(5);
                    }

                    @Override
                    public int maxRetries() {
                        return 1_000;
                    }
                };
        List<String> published = new ArrayList<>();
        try (Threads threads = new Threads()) {
            threads.tradesense().register(worker);
            for (int round = 0; round < 10; round++) {
                List<DomainEvent> batch = new ArrayList<>();
                for (int account = 0; account < 40; account++) {
                    batch.addAll(OrderPlaced.events("acc-" + account, round * 20 + 1, round * 20 + 20));
                }
                batch.forEach(event -> published.add(event.id()));
                threads.tradesense().publish(batch);
                int before = calls.get();
                Awaitility.await().atMost(Threads.PATIENCE).until(() -> calls.get() > before + 50);
                threads.restart();
                threads.tradesense().register(worker);
            }
            threads.awaitRest("margin");

            Places.assertEachInOnePlace(published, worker, threads.parking());
            assertThat(worker.overlapped()).isFalse();
            for (int account = 0; account < 40; account++) {
                String name = "acc-" + account;
                assertThat(worker.processed(name)).isEqualTo(OrderPlaced.ids(name, 1, 200));
            }
        }
    }

    @Test
    void a_handler_that_can_be_interrupted_is_after_the_grace_and_its_event_comes_again() {
        CountDownLatch begun = new CountDownLatch(1);
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            if (event.id().equals("acc#1") && begun.getCount() > 0) {
                begun.countDown();
                new Semaphore(0).acquire();
            }
        });
        try (Threads threads = new Threads(new MemoryTransport(), SHORT_GRACE)) {
            threads.tradesense().register(worker);
            threads.tradesense().publish(OrderPlaced.events("acc", 1, 3));
            Awaitility.await().atMost(Threads.PATIENCE).until(() -> begun.getCount() == 0);
            threads.restart();
            assertThat(worker.called()).containsExactly("acc#1");

            threads.tradesense().register(worker);
            threads.awaitRest("margin");

            assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
            assertThat(worker.calls().get(1).attempt())
                    .as("being cut off is no failure")
                    .isOne();
            assertThat(threads.worker("margin").deadLetters()).isZero();
        }
    }

    @Test
    void many_handlers_that_ignore_interruption_do_not_keep_a_platform_from_closing() {
        CountDownLatch release = new CountDownLatch(1);
        int stuck = 64;
        RecordingWorker worker =
                new RecordingWorker("margin", (event, context) -> Threads.awaitUninterruptibly(release));
        RecordingWorker healthy = new RecordingWorker("margin");
        MemoryTransport transport = new MemoryTransport();
        try (Threads threads = new Threads(transport, Duration.ofSeconds(1))) {
            threads.tradesense().register(worker);
            List<DomainEvent> all = new ArrayList<>();
            for (int account = 0; account < stuck; account++) {
                all.addAll(OrderPlaced.events("acc-" + account, 1, 2));
            }
            threads.tradesense().publish(all);
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.calls().size() >= 32);

            Thread closing = Thread.ofVirtual().start(threads::restart);
            Awaitility.await().atMost(Duration.ofSeconds(30)).until(() -> !closing.isAlive());

            threads.tradesense().register(healthy);
            threads.awaitRest("margin");
            release.countDown();
            for (int account = 0; account < stuck; account++) {
                assertThat(healthy.processed("acc-" + account)).isEqualTo(OrderPlaced.ids("acc-" + account, 1, 2));
            }
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.processed().size() == worker.calls().size());
            assertThat(worker.calls().stream().map(RecordingWorker.Call::id))
                    .as("those left behind begin nothing new")
                    .noneMatch(id -> id.endsWith("#2"));
        }
    }

    @Test
    void a_retried_subject_begins_no_further_event_once_its_platform_closes() {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        RecordingWorker worker =
                new RecordingWorker("margin", (event, context) -> {
                    if (event.id().equals("acc#1")) {
                        if (context.attempt() == 1) {
                            throw new IllegalStateException("not yet");
                        }
                        begun.countDown();
                        Threads.awaitUninterruptibly(release);
                    }
                }) {
                    @Override
                    public Duration retryDelay() {
                        return Duration.ofMillis(100);
                    }
                };
        RecordingWorker next = new RecordingWorker("margin");
        try (Threads threads = new Threads(new MemoryTransport(), SHORT_GRACE)) {
            threads.tradesense().register(worker);
            threads.tradesense().publish(OrderPlaced.events("acc", 1, 10));
            Awaitility.await().atMost(Threads.PATIENCE).until(() -> begun.getCount() == 0);
            threads.restart();
            threads.tradesense().register(next);
            threads.awaitRest("margin");

            release.countDown();
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.processed().contains("acc#1"));

            assertThat(next.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 10));
            assertThat(worker.called()).containsExactly("acc#1", "acc#1");
        }
    }

    @Test
    void what_a_lane_completed_before_its_handler_got_stuck_does_not_come_again() {
        CountDownLatch release = new CountDownLatch(1);
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            if (event.id().equals("acc#3")) {
                Threads.awaitUninterruptibly(release);
            }
        });
        RecordingWorker next = new RecordingWorker("margin");
        try (Threads threads = new Threads(new MemoryTransport(), SHORT_GRACE)) {
            threads.tradesense().register(worker);
            threads.tradesense().publish(OrderPlaced.events("acc", 1, 4));
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.calls().size() == 3);
            threads.restart();
            threads.tradesense().register(next);
            threads.awaitRest("margin");
            release.countDown();

            assertThat(next.processed()).isEqualTo(OrderPlaced.ids("acc", 3, 4));
        }
    }

    @Test
    void a_worker_may_deregister_itself() {
        Threads[] platform = new Threads[1];
        RecordingWorker worker = new RecordingWorker(
                "margin", (event, context) -> platform[0].tradesense().workers().deregister("margin"));
        try (Threads threads = new Threads(new MemoryTransport(), ThreadRuntime.DEFAULT_GRACE)) {
            platform[0] = threads;
            threads.tradesense().register(worker);
            threads.tradesense().publish(OrderPlaced.events("acc", 1, 2));

            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.processed().size() == 1);

            assertThat(threads.tradesense().workers().workers()).isEmpty();
            assertThat(worker.called()).containsExactly("acc#1");
        }
    }
}
