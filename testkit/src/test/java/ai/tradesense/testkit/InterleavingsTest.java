package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.worker.ExecutionContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Events that arrive at any moment, above all while a parked queue drains, meet agents that run in any
/// order: one run per seed, and the same run again for the same seed.
final class InterleavingsTest {
    /// More of them: `-Dtradesense.seeds=100000`.
    private static final int SEEDS = Integer.getInteger("tradesense.seeds", 400);

    private static final int SUBJECTS = 3;
    private static final int PER_SUBJECT = 25;

    /// A run of one seed.
    private static final class Run {
        private final long seed;
        private final Random random;
        private final int failingPercent;
        private final MemoryTransport transport = new MemoryTransport(1_024);
        private final FailingParkingStore parking = new FailingParkingStore();
        private final List<DomainEvent> toPublish = new ArrayList<>();
        private final List<String> published = new ArrayList<>();
        private final RecordingWorker worker;
        private TestPlatform platform;

        Run(long seed) {
            this.seed = seed;
            this.random = new Random(seed);
            this.failingPercent = random.nextInt(40);
            int concurrency = 1 + random.nextInt(3);
            this.worker = new RecordingWorker("margin", this::handle) {
                @Override
                public int concurrency() {
                    return concurrency;
                }

                @Override
                public int maxRetries() {
                    return 2;
                }
            };
            this.platform = start();
            int[] next = new int[SUBJECTS];
            for (int number = 0; number < SUBJECTS * PER_SUBJECT; number++) {
                int subject = random.nextInt(SUBJECTS);
                toPublish.add(OrderPlaced.event("acc-" + subject, ++next[subject]));
            }
        }

        private TestPlatform start() {
            Limits limits = new Limits(1_024, 100, 1 + random.nextInt(12), 1 + random.nextInt(6), 1_000);
            TestPlatform started = TestPlatform.shuffled(
                    random.nextLong(),
                    settings -> settings.transport(transport).parking(parking).limits(limits));
            started.register(worker);
            return started;
        }

        /// Whether an attempt fails follows from the event and the attempt, not from when it is made.
        private void handle(DomainEvent event, ExecutionContext context) {
            Random ofAttempt = new Random(seed * 31 + event.id().hashCode() * 7L + context.attempt());
            ofAttempt.nextInt();
            if (ofAttempt.nextInt(100) < failingPercent) {
                if (ofAttempt.nextInt(10) == 0) {
                    throw new PermanentException("never");
                }
                throw new IllegalStateException("not yet");
            }
            if (random.nextInt(4) == 0) {
                publishNext(); // exactly while a handler runs
            }
        }

        private void publishNext() {
            if (!toPublish.isEmpty()) {
                DomainEvent event = toPublish.removeFirst();
                platform.publish(event);
                published.add(event.id());
                if (random.nextInt(10) == 0) {
                    platform.publish(event);
                }
            }
        }

        void play() {
            while (!toPublish.isEmpty()) {
                int dice = random.nextInt(100);
                if (dice < 30) {
                    publishNext();
                } else if (dice < 80) {
                    platform.runtime().round();
                } else if (dice < 93) {
                    platform.clock().advance(Duration.ofMillis(random.nextInt(6_000)));
                } else if (dice < 97) {
                    parking.fail(random.nextBoolean());
                } else {
                    restart();
                }
            }
            parking.fail(false);
            platform.advance(Duration.ofHours(1));
        }

        /// Stops in the middle of everything, with the store in order: what cannot be parked comes again.
        private void restart() {
            parking.fail(false);
            TestPlatform stopped = platform;
            stopped.close();
            platform = start();
            platform.clock().moveTo(stopped.clock().instant());
        }

        void check() {
            Places.assertEachInOnePlace(published, worker, parking);
            assertThat(Places.waiting(worker, parking)).isEmpty();
            Places.assertCalledInOrder(worker);
            assertThat(platform.worker("margin").lag()).isZero();
            assertThat(platform.worker("margin").inFlight()).isZero();
            platform.close();
        }
    }

    @Test
    void every_event_is_in_one_place_in_order_and_once_whatever_the_interleaving() {
        for (long seed = 0; seed < SEEDS; seed++) {
            Run run = new Run(seed);
            try {
                run.play();
                run.check();
            } catch (AssertionError | RuntimeException failure) {
                throw new AssertionError("seed " + seed + ": " + failure.getMessage(), failure);
            }
        }
    }
}
