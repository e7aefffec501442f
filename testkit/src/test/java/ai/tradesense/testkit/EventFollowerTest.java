package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.store.EventFollower;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.store.StoredEvent;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class EventFollowerTest {
    private final VirtualClock clock = new VirtualClock();
    private final EventStore store = new MemoryEventStore(clock);
    private final List<Long> taken = new ArrayList<>();

    private static DomainEvent event(String type, String id) {
        return DomainEvent.builder(EventType.parse(type))
                .id(id)
                .source(URI.create("/tests"))
                .subject("account")
                .time(VirtualClock.START)
                .build();
    }

    private void append(int count) {
        for (int i = 0; i < count; i++) {
            store.append(List.of(event("Trading.Order.Placed.v1", "event-" + store.head())));
        }
    }

    private static EventQuery only(String type) {
        return new EventQuery(
                TypeFilter.of(type), null, null, null, null, null, null, null, 1, EventQuery.Order.OLDEST_FIRST);
    }

    @Test
    void what_was_there_comes_first_then_what_is_appended_each_once_and_in_order() {
        append(1_200);
        try (SteppedRuntime runtime = new SteppedRuntime(clock);
                EventFollower follower = EventFollower.start(
                        "test", store, 100, EventQuery.ALL, event -> taken.add(event.position()), runtime, clock)) {
            runtime.settle();
            append(3);
            runtime.settle();
            assertThat(follower.position()).isEqualTo(1_203);
        }
        append(1);

        assertThat(taken).isEqualTo(LongStream.rangeClosed(101, 1_203).boxed().toList());
    }

    @Test
    void what_does_not_match_is_passed_over_and_not_looked_at_again() {
        append(3);
        store.append(List.of(event("Risk.Limit.Breached.v1", "breach")));
        append(3);
        try (SteppedRuntime runtime = new SteppedRuntime(clock);
                EventFollower follower = EventFollower.start(
                        "test", store, 0, only("Risk.*"), event -> taken.add(event.position()), runtime, clock)) {
            runtime.settle();

            assertThat(taken).containsExactly(4L);
            assertThat(follower.position()).isEqualTo(7);
        }
    }

    @Test
    void an_event_that_fails_is_given_again_before_any_later_one() {
        append(3);
        List<Long> tried = new ArrayList<>();
        try (SteppedRuntime runtime = new SteppedRuntime(clock);
                EventFollower follower = EventFollower.start(
                        "test", store, 0, EventQuery.ALL, event -> failTwice(tried, event), runtime, clock)) {
            runtime.settle();
            assertThat(tried).containsExactly(1L, 2L);
            assertThat(follower.position()).isEqualTo(1);

            runtime.advance(Duration.ofMillis(2_100));

            assertThat(tried).containsExactly(1L, 2L, 2L, 2L, 3L);
            assertThat(follower.position()).isEqualTo(3);
        }
    }

    private static void failTwice(List<Long> tried, StoredEvent event) {
        tried.add(event.position());
        if (event.position() == 2 && tried.size() < 4) {
            throw new IllegalStateException("not now");
        }
    }

    @Test
    void nothing_is_missed_while_others_append() {
        int threads = 4;
        int perThread = 500;
        int total = threads * perThread;
        List<Long> seen = new CopyOnWriteArrayList<>();
        InstantSource now = InstantSource.system();
        try (ThreadRuntime runtime = new ThreadRuntime(now)) {
            List<CompletableFuture<Void>> appenders = IntStream.range(0, threads)
                    .mapToObj(thread -> CompletableFuture.runAsync(() -> IntStream.range(0, perThread)
                            .forEach(number ->
                                    store.append(List.of(event("Trading.Order.Placed.v1", thread + "-" + number))))))
                    .toList();
            EventFollower follower = EventFollower.start(
                    "test", store, 0, EventQuery.ALL, event -> seen.add(event.position()), runtime, now);
            appenders.forEach(CompletableFuture::join);
            await().atMost(Duration.ofSeconds(60)).until(() -> follower.position() == total);
            follower.close();
        }

        assertThat(seen).isEqualTo(LongStream.rangeClosed(1, total).boxed().toList());
    }
}
