package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.runtime.ThreadRuntime;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// On real threads, a handler that takes its time holds up its own subject only.
final class SlowHandlersTest {
    private final CountDownLatch release = new CountDownLatch(1);

    private static class Worker extends RecordingWorker {
        private final int concurrency;

        Worker(int concurrency, Behaviour behaviour) {
            super("margin", behaviour);
            this.concurrency = concurrency;
        }

        @Override
        public int concurrency() {
            return concurrency;
        }

        @Override
        public Duration retryDelay() {
            return Duration.ofMillis(20);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 8})
    void as_many_slow_subjects_as_the_worker_has_lanes_hold_up_no_other(int concurrency) {
        Worker worker = new Worker(concurrency, (event, context) -> {
            if (event.subject().startsWith("slow")) {
                release.await();
            }
        });
        try (Threads threads = new Threads()) {
            threads.tradesense().register(worker);
            List<DomainEvent> all = new ArrayList<>();
            for (int number = 1; number <= 3; number++) {
                for (int slow = 0; slow < concurrency; slow++) {
                    all.add(OrderPlaced.event("slow-" + slow, number));
                }
                for (int account = 0; account < 50; account++) {
                    all.add(OrderPlaced.event("acc-" + account, number));
                }
            }
            threads.tradesense().publish(all);
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.processed().size() == 150);
            assertThat(worker.processed()).noneMatch(id -> id.startsWith("slow"));

            release.countDown();
            threads.awaitRest("margin");

            for (int slow = 0; slow < concurrency; slow++) {
                assertThat(worker.processed("slow-" + slow)).isEqualTo(OrderPlaced.ids("slow-" + slow, 1, 3));
            }
            Places.assertCalledInOrder(worker);
            threads.tradesense().publish(OrderPlaced.events("slow-0", 4, 5));
            threads.awaitRest("margin");
            assertThat(worker.processed("slow-0")).isEqualTo(OrderPlaced.ids("slow-0", 1, 5));
        }
    }

    @Test
    void a_handler_that_hangs_holds_up_no_change_of_the_concurrency() {
        Worker worker = new Worker(2, (event, context) -> {
            if (event.subject().equals("slow")) {
                release.await();
            }
        });
        try (Threads threads = new Threads()) {
            threads.tradesense().register(worker);
            threads.tradesense().publish(OrderPlaced.events("slow", 1, 3));
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> !worker.calls().isEmpty());
            threads.tradesense().workers().changeConcurrency("margin", 5);
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> threads.worker("margin").concurrency() == 5);
            threads.tradesense().publish(OrderPlaced.events("slow", 4, 5));
            for (int account = 0; account < 20; account++) {
                threads.tradesense().publish(OrderPlaced.events("acc-" + account, 1, 3));
            }
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.processed().size() == 60);

            release.countDown();
            threads.awaitRest("margin");

            assertThat(worker.processed("slow")).isEqualTo(OrderPlaced.ids("slow", 1, 5));
            Places.assertCalledInOrder(worker);
        }
    }

    @Test
    void a_slow_retry_holds_up_no_other_retry() {
        CountDownLatch isSlow = new CountDownLatch(1);
        Worker worker = new Worker(1, (event, context) -> {
            if (context.attempt() == 1) {
                throw new IllegalStateException("not yet");
            }
            if (event.subject().equals("slow")) {
                isSlow.countDown();
                release.await();
            }
        });
        try (Threads threads = new Threads()) {
            threads.tradesense().register(worker);
            threads.tradesense().publish(List.of(OrderPlaced.event("slow", 1), OrderPlaced.event("other", 1)));

            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.processed().contains("other#1"));

            release.countDown();
            threads.awaitRest("margin");
            assertThat(worker.processed()).containsExactly("other#1", "slow#1");
            assertThat(isSlow.getCount()).isZero();
        }
    }

    @Test
    void an_interruption_that_a_handler_leaves_behind_is_not_for_the_next() {
        Worker worker = new Worker(1, (event, context) -> {
            if (event.subject().equals("rude")) {
                Thread.currentThread().interrupt();
            } else {
                new CountDownLatch(1).await(1, TimeUnit.NANOSECONDS); // fails if the thread is interrupted
            }
        });
        try (Threads threads = new Threads()) {
            threads.tradesense().register(worker);
            threads.tradesense().publish(List.of(OrderPlaced.event("rude", 1), OrderPlaced.event("polite", 1)));
            threads.awaitRest("margin");

            assertThat(worker.processed()).containsExactly("rude#1", "polite#1");
            assertThat(worker.calls()).hasSize(2);
        }
    }

    @Test
    void what_a_lost_partition_had_waiting_is_left_to_its_next_owner() {
        ScriptedTransport transport = new ScriptedTransport();
        CountDownLatch begun = new CountDownLatch(1);
        Set<String> failing = ConcurrentHashMap.newKeySet();
        Worker worker = new Worker(1, (event, context) -> {
            if (event.id().equals("two-a#1")) {
                begun.countDown();
                release.await();
                if (failing.remove(event.id())) {
                    throw new IllegalStateException("failed too late");
                }
            }
        });
        failing.add("two-a#1");
        try (Threads threads = new Threads(transport, ThreadRuntime.DEFAULT_GRACE)) {
            threads.tradesense().register(worker);
            transport.assign(ScriptedTransport.ONE, ScriptedTransport.TWO);
            transport.deliver(
                    OrderPlaced.event("two-a", 1), OrderPlaced.event("two-a", 2), OrderPlaced.event("one-b", 1));
            Awaitility.await().atMost(Threads.PATIENCE).until(() -> begun.getCount() == 0);
            transport.lose(ScriptedTransport.TWO);
            transport.deliver(OrderPlaced.event("one-c", 1));
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.processed().contains("one-c#1"));

            release.countDown();
            threads.awaitRest("margin");

            assertThat(worker.called()).containsExactlyInAnyOrder("two-a#1", "one-b#1", "one-c#1");
            assertThat(Places.waiting(worker, threads.parking())).isEmpty();
            transport.assign(ScriptedTransport.TWO);
            transport.deliver(OrderPlaced.events("two-a", 1, 2));
            Awaitility.await()
                    .atMost(Threads.PATIENCE)
                    .until(() -> worker.processed("two-a").size() == 2);
            assertThat(worker.processed("two-a")).containsExactly("two-a#1", "two-a#2");
        }
    }
}
