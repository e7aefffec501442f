package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.testkit.RecordingWorker.Call;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Events of a subject keep their order, whatever fails; others do not wait for them.
final class SubjectOrderTest {
    private final TestPlatform platform = TestPlatform.inMemory();
    private final Set<String> failing = new TreeSet<>();
    private final RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
        if (failing.contains(event.id())) {
            throw new IllegalStateException("not yet");
        }
    });

    @AfterEach
    void close() {
        platform.close();
    }

    @Test
    void a_failing_subject_keeps_its_order_while_a_hundred_others_flow() {
        platform.register(worker);
        failing.add("bad#1");
        List<DomainEvent> all = new ArrayList<>();
        for (int number = 1; number <= 5; number++) {
            all.add(OrderPlaced.event("bad", number));
            for (int account = 0; account < 100; account++) {
                all.add(OrderPlaced.event("good-" + account, number));
            }
        }
        platform.tradesense().publish(all);

        platform.settle();

        assertThat(worker.processed()).hasSize(500);
        assertThat(worker.calls()).extracting(Call::at).containsOnly(VirtualClock.START);
        for (int account = 0; account < 100; account++) {
            String name = "good-" + account;
            assertThat(worker.processed(name)).isEqualTo(OrderPlaced.ids(name, 1, 5));
        }
        assertThat(worker.processed("bad")).isEmpty();
        assertThat(platform.worker("margin").parked()).isEqualTo(5);
        assertThat(platform.worker("margin").lag())
                .as("what is parked holds no place in the log")
                .isZero();

        failing.clear();
        platform.advance(Duration.ofSeconds(5));
        assertThat(worker.processed("bad")).isEqualTo(OrderPlaced.ids("bad", 1, 5));
    }

    @Test
    void events_that_arrive_while_their_subject_is_parked_wait_behind_its_head() {
        platform.register(worker);
        failing.add("acc#1");
        platform.publish(OrderPlaced.event("acc", 1));
        for (int number = 2; number <= 40; number++) {
            platform.advance(Duration.ofMillis(100));
            platform.publish(OrderPlaced.event("acc", number));
        }
        platform.settle();
        assertThat(worker.called()).containsExactly("acc#1");
        failing.clear();

        platform.advance(Duration.ofSeconds(2));

        assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 40));
        assertThat(platform.worker("margin").parked()).isZero();
        platform.publish(OrderPlaced.event("acc", 41));
        platform.settle();
        assertThat(worker.processed()).as("live delivery goes on").endsWith("acc#41");
    }

    @Test
    void followers_of_an_event_that_is_given_up_go_on_in_order() {
        platform.register(worker);
        failing.add("acc#1");
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 20));

        platform.advance(Duration.ofSeconds(35));

        assertThat(platform.deadLetters()).extracting(ParkedEvent::id).containsExactly("acc#1");
        assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 2, 20));
    }

    @Test
    void a_follower_that_fails_becomes_the_head_and_has_attempts_of_its_own() {
        platform.register(worker);
        failing.addAll(List.of("acc#1", "acc#3"));
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 5));
        platform.settle();
        failing.remove("acc#1");

        platform.advance(Duration.ofSeconds(5));
        assertThat(worker.processed()).containsExactly("acc#1", "acc#2");
        assertThat(worker.calls().getLast()).isEqualTo(new Call("acc#3", 1, VirtualClock.START.plusSeconds(5)));
        platform.advance(Duration.ofSeconds(5));
        assertThat(worker.calls().getLast()).isEqualTo(new Call("acc#3", 2, VirtualClock.START.plusSeconds(10)));
        failing.clear();
        platform.advance(Duration.ofSeconds(10));

        assertThat(worker.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 5));
    }

    @Test
    void all_events_of_a_subject_may_die_one_after_the_other() {
        platform.register(worker);
        failing.addAll(OrderPlaced.ids("acc", 1, 4));
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 5));

        platform.advance(Duration.ofSeconds(35 * 4));

        assertThat(platform.deadLetters())
                .extracting(ParkedEvent::id)
                .containsExactly("acc#4", "acc#3", "acc#2", "acc#1");
        assertThat(worker.processed()).containsExactly("acc#5");
        assertThat(worker.calls()).hasSize(4 * 4 + 1);
    }

    @Test
    void the_same_subject_of_another_domain_does_not_wait() {
        platform.register(worker);
        failing.add("acc#1");
        platform.publish(OrderPlaced.event("acc", 1));
        platform.publish(DomainEvent.builder(EventType.parse("Risk.Limit.Breached.v1"))
                .id("breach")
                .source(URI.create("/tests"))
                .subject("acc")
                .time(VirtualClock.START)
                .build());

        platform.settle();

        assertThat(worker.processed()).containsExactly("breach");
    }

    @Test
    void one_worker_failing_does_not_concern_another() {
        RecordingWorker other = new RecordingWorker("audit");
        platform.register(worker);
        platform.register(other);
        failing.add("acc#1");
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));

        platform.settle();

        assertThat(other.processed()).isEqualTo(OrderPlaced.ids("acc", 1, 3));
        assertThat(worker.processed()).isEmpty();
    }

    @Test
    void many_subjects_may_fail_and_recover_at_once() {
        platform.register(worker.with(BreakerPolicy.NEVER));
        for (int account = 0; account < 300; account++) {
            failing.add("acc-" + account + "#1");
            platform.tradesense().publish(OrderPlaced.events("acc-" + account, 1, 30));
        }
        platform.settle();
        assertThat(worker.processed()).isEmpty();
        failing.clear();

        platform.advance(Duration.ofSeconds(5));

        for (int account = 0; account < 300; account++) {
            String name = "acc-" + account;
            assertThat(worker.processed(name)).isEqualTo(OrderPlaced.ids(name, 1, 30));
        }
        assertThat(worker.processed()).hasSize(9_000);
        assertThat(platform.worker("margin").parked()).isZero();
    }
}
