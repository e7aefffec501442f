package ai.tradesense.transport;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.transport.LeaseKeeper.Duties;
import ai.tradesense.transport.LeaseKeeper.Next;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

final class LeaseKeeperTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Broker broker = new Broker();
    private LeaseKeeper keeper = keeper(Duration.ofMillis(5));

    /// Fails as often as it is told to.
    private static final class Broker implements Duties {
        private final AtomicInteger failures = new AtomicInteger();
        private final AtomicInteger tended = new AtomicInteger();
        private final AtomicInteger saved = new AtomicInteger();
        private final AtomicInteger told = new AtomicInteger();

        private void answer() {
            if (failures.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new StackOverflowError("too deep");
            }
        }

        @Override
        public Next tend() {
            answer();
            tended.incrementAndGet();
            return Next.USUALLY;
        }

        @Override
        public void save() {
            answer();
            saved.incrementAndGet();
        }

        @Override
        public void saved() {
            told.incrementAndGet();
        }
    }

    private LeaseKeeper keeper(Duration betweenSavings) {
        return new LeaseKeeper("keeper", Duration.ofHours(1), betweenSavings, System::nanoTime, broker);
    }

    @AfterEach
    void close() {
        keeper.close(PATIENCE);
    }

    private static void await(AtomicInteger what, int number) {
        Awaitility.await().atMost(PATIENCE).until(() -> what.get() == number);
    }

    @Test
    void leases_are_tended_again_soon_after_an_error() {
        broker.failures.set(2);
        keeper.start();

        await(broker.tended, 1);
        Awaitility.await().atMost(PATIENCE).until(() -> keeper.trouble() == null);
    }

    @Test
    void positions_are_saved_however_long_and_often_leases_are_tended() {
        AtomicLong nanos = new AtomicLong();
        keeper = new LeaseKeeper("keeper", Duration.ofHours(1), Duration.ofMillis(5), nanos::get, new Duties() {
            @Override
            public Next tend() {
                nanos.addAndGet(Duration.ofSeconds(1).toNanos());
                keeper.tendNow();
                return Next.SOON;
            }

            @Override
            public void save() {
                broker.save();
            }
        });
        keeper.save();
        keeper.start();

        Awaitility.await().atMost(PATIENCE).until(() -> broker.saved.get() > 0);
    }

    @Test
    void positions_that_could_not_be_saved_are_saved_when_it_is_possible() {
        keeper.start();
        await(broker.tended, 1);
        broker.failures.set(2);
        keeper.save();

        await(broker.saved, 1);
    }

    @Test
    void many_positions_are_saved_at_once_although_others_would_wait_for_more() {
        keeper = keeper(Duration.ofHours(1));
        keeper.start();
        await(broker.tended, 1);
        keeper.save();
        await(broker.saved, 1);

        keeper.saveAtOnce();

        await(broker.saved, 2);
    }

    @Test
    void positions_are_behind_while_they_cannot_be_saved_and_no_longer() {
        keeper.start();
        await(broker.tended, 1);
        broker.failures.set(1_000_000);
        keeper.save();
        Awaitility.await().atMost(PATIENCE).until(keeper::isBehind);

        broker.failures.set(0);

        await(broker.told, 1);
        assertThat(keeper.isBehind()).isFalse();
    }
}
