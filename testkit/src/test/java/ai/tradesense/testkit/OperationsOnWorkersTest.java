package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.InvalidEventException;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.Progress;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import ai.tradesense.worker.WorkerStatus.BreakerState;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Operations and real workers: what an operator orders, whoever owns the events carries out.
final class OperationsOnWorkersTest {
    private final TestPlatform platform = TestPlatform.inMemory();
    private final List<String> processed = new ArrayList<>();
    private boolean broken = true;
    private boolean unreadable;

    @AfterEach
    void close() {
        platform.close();
    }

    private EventWorker worker(Followers followers) {
        return worker(followers, BreakerPolicy.NEVER);
    }

    private EventWorker worker(Followers followers, BreakerPolicy breaker) {
        return Worker.named("margin")
                .on(OrderPlaced.class, (order, context) -> {
                    if (unreadable) {
                        throw new InvalidEventException("/data", "is of a version that nobody knows any more");
                    }
                    if (broken && order.number() == 1) {
                        throw new PermanentException("no margin account " + order.account());
                    }
                    processed.add(order.account() + "#" + order.number());
                })
                .followersOfDeadLetters(followers)
                .circuitBreaker(breaker)
                .build();
    }

    private Operation order(OperationKind kind) {
        return order(kind, kind == OperationKind.RETRY ? Pace.CAREFUL : null);
    }

    private Operation order(OperationKind kind, @Nullable Pace pace) {
        return platform.tradesense()
                .operations()
                .order(new OperationRequest(
                        kind, new Selection.Matching(DeadLetterFilter.ALL), pace, "alice", "", null));
    }

    private Operation now(Operation operation) {
        return platform.tradesense().operations().find(operation.id()).orElseThrow();
    }

    @Test
    void a_retry_brings_dead_letters_back_to_their_worker() {
        platform.register(worker(Followers.RELEASE));
        for (int i = 0; i < 150; i++) {
            platform.publish(OrderPlaced.event("acc-" + i, 1));
        }
        platform.advance(Duration.ofMinutes(1));
        assertThat(platform.deadLetters()).hasSize(150);
        broken = false;

        Operation retry = order(OperationKind.RETRY);
        platform.advance(Duration.ofMinutes(1));

        assertThat(now(retry).counts()).isEqualTo(new Counts(0, 0, 150, 0, 0));
        assertThat(now(retry).state()).isEqualTo(State.COMPLETED);
        assertThat(processed).hasSize(150).doesNotHaveDuplicates();
        assertThat(platform.deadLetters()).isEmpty();
    }

    @Test
    void a_retry_of_what_is_still_broken_stops_after_one() {
        platform.register(worker(Followers.RELEASE));
        for (int i = 0; i < 20; i++) {
            platform.publish(OrderPlaced.event("acc-" + i, 1));
        }
        platform.advance(Duration.ofMinutes(1));

        Operation retry = order(OperationKind.RETRY);
        platform.advance(Duration.ofMinutes(1));

        assertThat(now(retry).state()).isEqualTo(State.STOPPED);
        assertThat(now(retry).counts()).isEqualTo(new Counts(19, 0, 0, 1, 0));
        assertThat(platform.deadLetters()).hasSize(20);
    }

    @Test
    void a_retry_of_a_held_subject_keeps_its_sequence_also_of_what_comes_meanwhile() {
        platform.register(worker(Followers.HOLD));
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        platform.advance(Duration.ofMinutes(1));
        assertThat(processed).isEmpty();
        broken = false;

        order(OperationKind.RETRY);
        platform.publish(OrderPlaced.event("acc", 4));
        platform.advance(Duration.ofMinutes(1));

        assertThat(processed).containsExactly("acc#1", "acc#2", "acc#3", "acc#4");
    }

    @Test
    void a_discard_releases_what_waited_behind() {
        platform.register(worker(Followers.HOLD));
        platform.tradesense().publish(OrderPlaced.events("acc", 1, 3));
        platform.advance(Duration.ofMinutes(1));
        assertThat(processed).isEmpty();

        order(OperationKind.DISCARD);
        platform.advance(Duration.ofMinutes(1));

        assertThat(processed).containsExactly("acc#2", "acc#3");
    }

    @Test
    void while_the_breaker_is_open_a_retry_waits_and_no_failure_is_counted() {
        platform.register(worker(Followers.RELEASE));
        platform.publish(OrderPlaced.event("acc", 1));
        platform.advance(Duration.ofMinutes(1));
        broken = false;
        platform.tradesense().workers().openBreaker("margin");

        Operation retry = order(OperationKind.RETRY);
        platform.advance(Duration.ofHours(1));

        assertThat(now(retry).state()).isEqualTo(State.RUNNING);
        assertThat(now(retry).counts()).isEqualTo(new Counts(0, 1, 0, 0, 0));
        platform.tradesense().workers().resetBreaker("margin");
        platform.advance(Duration.ofMinutes(1));
        assertThat(now(retry).counts()).isEqualTo(new Counts(0, 0, 1, 0, 0));
    }

    @Test
    void a_breaker_that_opens_midway_holds_the_rest_and_counts_no_failure_for_it() {
        platform.register(worker(Followers.RELEASE));
        for (int i = 0; i < 50; i++) {
            platform.publish(OrderPlaced.event("acc-" + i, 1));
        }
        platform.advance(Duration.ofMinutes(1));
        platform.tradesense().workers().deregister("margin");
        platform.register(worker(Followers.RELEASE, new BreakerPolicy(3, 1, 100, 100, Duration.ofSeconds(30), 1)));

        Operation retry = order(OperationKind.RETRY, new Pace(List.of(), null, 50));
        platform.advance(Duration.ofSeconds(10));

        assertThat(platform.worker("margin").breaker()).isEqualTo(BreakerState.OPEN);
        assertThat(now(retry).counts()).isEqualTo(new Counts(0, 47, 0, 3, 0));
        broken = false;
        platform.advance(Duration.ofMinutes(5));
        assertThat(now(retry).counts()).isEqualTo(new Counts(0, 0, 47, 3, 0));
        assertThat(processed).hasSize(47).doesNotHaveDuplicates();
    }

    @Test
    void what_turns_out_to_be_unreadable_when_it_is_retried_counts_as_failed_and_is_quarantined() {
        platform.register(worker(Followers.RELEASE));
        platform.publish(OrderPlaced.event("acc", 1));
        platform.advance(Duration.ofMinutes(1));
        unreadable = true;

        Operation retry = order(OperationKind.RETRY);
        platform.advance(Duration.ofMinutes(1));

        assertThat(now(retry).counts()).isEqualTo(new Counts(0, 0, 0, 1, 0));
        assertThat(platform.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.state()).isEqualTo(Progress.State.QUARANTINED);
            assertThat(letter.raw()).isNotEmpty();
            assertThat(letter.failures()).hasSize(2);
        });
    }

    @Test
    void an_order_to_retry_and_one_to_discard_at_the_same_time_leave_each_event_in_one_place() {
        platform.register(worker(Followers.RELEASE));
        for (int i = 0; i < 20; i++) {
            platform.publish(OrderPlaced.event("acc-" + i, 1));
        }
        platform.advance(Duration.ofMinutes(1));
        broken = false;

        Operation retry = order(OperationKind.RETRY);
        Operation discard = order(OperationKind.DISCARD);
        platform.advance(Duration.ofMinutes(1));

        Counts retried = now(retry).counts();
        Counts discarded = now(discard).counts();
        assertThat(retried.succeeded() + discarded.succeeded()).isEqualTo(20);
        assertThat(retried.skipped()).isEqualTo(discarded.succeeded());
        assertThat(discarded.skipped()).isEqualTo(retried.succeeded());
        assertThat(processed).hasSize(retried.succeeded());
        assertThat(platform.deadLetters()).isEmpty();
    }

    @Test
    void a_worker_that_is_not_there_gets_its_events_when_it_is() {
        platform.register(worker(Followers.RELEASE));
        platform.publish(OrderPlaced.event("acc", 1));
        platform.advance(Duration.ofMinutes(1));
        platform.tradesense().workers().deregister("margin");
        broken = false;
        Operation retry = order(OperationKind.RETRY);
        platform.advance(Duration.ofHours(1));
        assertThat(now(retry).counts()).isEqualTo(new Counts(0, 1, 0, 0, 0));

        platform.register(worker(Followers.RELEASE));
        platform.advance(Duration.ofMinutes(1));

        assertThat(now(retry).counts()).isEqualTo(new Counts(0, 0, 1, 0, 0));
        assertThat(processed).containsExactly("acc#1");
    }
}
