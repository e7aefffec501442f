package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationConflictException;
import ai.tradesense.operations.Operations;
import ai.tradesense.parking.Followers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// An operator corrects an event that no handler could process.
final class EditTest {
    private final OperationsBench bench = new OperationsBench();

    @AfterEach
    void close() {
        bench.close();
    }

    private static DomainEvent correction(String subject, @Nullable String corrects, int number) {
        DomainEvent.Builder event = DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id("whatever")
                .source(OrderPlaced.event(subject, 1).source())
                .subject(subject)
                .time(VirtualClock.START)
                .data(Payload.json(("{\"number\":" + number + "}").getBytes(StandardCharsets.UTF_8)));
        if (corrects != null) {
            event.extension(Operations.CORRECTS, corrects);
        }
        return event.build();
    }

    private Operation edit(long sequence, DomainEvent correction) {
        return bench.operations.edit(sequence, correction, OperationsBench.OPERATOR, "wrong number");
    }

    @Test
    void a_correction_is_processed_in_place_of_the_event_with_an_id_of_its_own_and_linked_to_it() {
        long dead = bench.dead("acc", 1, Followers.HOLD);
        bench.follower("acc", 2);

        Operation edit = edit(dead, correction("acc", "acc#1", 42));
        bench.letItRun();

        assertThat(bench.counts(edit)).isEqualTo(new Counts(0, 0, 1, 0, 0));
        assertThat(bench.now(edit).state()).isEqualTo(State.COMPLETED);
        DomainEvent handled = bench.handled.getFirst();
        assertThat(handled.id()).isNotIn("acc#1", "whatever");
        assertThat(handled.causationId()).isEqualTo("acc#1");
        assertThat(handled.correlationId()).isEqualTo("acc#1");
        assertThat(handled.extension("corrects")).isEqualTo("acc#1");
        assertThat(handled.data()).isEqualTo(correction("acc", null, 42).data());
        assertThat(bench.processed).containsExactly(handled.id(), "acc#2");
        assertThat(bench.operations.log(null, 1).getFirst().reason()).isEqualTo("wrong number");
    }

    @Test
    void the_correlation_of_the_original_is_kept() {
        CloudEvent plain = OrderPlaced.event("acc", 1).envelope();
        DomainEvent original = DomainEvent.of(new CloudEvent(
                plain.id(),
                plain.source(),
                plain.type(),
                plain.subject(),
                plain.time(),
                null,
                null,
                java.util.Map.of(DomainEvent.CORRELATION_ID, "flow-1", DomainEvent.CAUSATION_ID, "cause-1"),
                plain.data()));
        long dead = bench.dead(original, Followers.RELEASE);

        edit(dead, correction("acc", "acc#1", 42));
        bench.letItRun();

        assertThat(bench.handled.getFirst().correlationId()).isEqualTo("flow-1");
        assertThat(bench.handled.getFirst().causationId()).isEqualTo("acc#1");
    }

    @Test
    void a_second_edit_of_the_same_event_is_refused() {
        bench.resting = true;
        long dead = bench.dead("acc", 1, Followers.RELEASE);
        edit(dead, correction("acc", "acc#1", 42));

        assertThatThrownBy(() -> edit(dead, correction("acc", "acc#1", 43)))
                .isInstanceOf(OperationConflictException.class)
                .hasMessageContaining("corrected already, by alice");
        bench.letItRun();
        assertThatThrownBy(() -> edit(dead, correction("acc", "acc#1", 43)))
                .isInstanceOf(OperationConflictException.class)
                .hasMessageContaining("and not 'acc#1'");
        bench.resting = false;
        bench.letItRun();

        assertThat(bench.handled).hasSize(1);
        assertThat(bench.handled.getFirst().data())
                .isEqualTo(correction("acc", null, 42).data());
    }

    @Test
    void a_correction_that_fails_again_can_be_corrected_by_its_own_id() {
        bench.refuses = event -> event.data().equals(correction("acc", null, 42).data());
        long dead = bench.dead("acc", 1, Followers.RELEASE);
        Operation first = edit(dead, correction("acc", "acc#1", 42));
        bench.letItRun();
        assertThat(bench.counts(first)).isEqualTo(new Counts(0, 0, 0, 1, 0));
        String second = bench.handled.getFirst().id();

        assertThatThrownBy(() -> edit(dead, correction("acc", "acc#1", 43)))
                .isInstanceOf(OperationConflictException.class);
        edit(dead, correction("acc", second, 43));
        bench.letItRun();

        assertThat(bench.handled.getLast().causationId()).isEqualTo(second);
        assertThat(bench.handled.getLast().correlationId()).isEqualTo("acc#1");
        assertThat(bench.processed).containsExactly(bench.handled.getLast().id());
    }

    @Test
    void an_edit_that_came_to_nothing_is_in_nobodys_way() {
        bench.resting = true;
        bench.refuses = _ -> true;
        long dead = bench.dead("acc", 1, Followers.RELEASE);
        Operation retry = bench.retryAll();
        Operation tooLate = edit(dead, correction("acc", "acc#1", 42)); // both are carried out in order
        bench.letItRun();
        assertThat(bench.notes(tooLate)).containsExactly("waits for its retry already");
        bench.resting = false;
        bench.letItRun();
        assertThat(bench.counts(retry)).isEqualTo(new Counts(0, 0, 0, 1, 0));

        bench.refuses = _ -> false;
        Operation again = edit(dead, correction("acc", "acc#1", 42));
        bench.letItRun();

        assertThat(bench.counts(again)).isEqualTo(new Counts(0, 0, 1, 0, 0));
    }

    @Test
    void an_edit_with_another_subject_or_domain_is_refused_and_changes_nothing() {
        long dead = bench.dead("acc", 1, Followers.RELEASE);

        assertThatThrownBy(() -> edit(dead, correction("other", "acc#1", 42)))
                .isInstanceOfSatisfying(InvalidEventException.class, problem -> {
                    assertThat(problem.pointer()).isEqualTo("/subject");
                    assertThat(problem.problem()).startsWith("is 'other', expected 'acc'");
                });
        DomainEvent risk = DomainEvent.builder(EventType.parse("Risk.Limit.Breached.v1"))
                .id("x")
                .source(OrderPlaced.event("acc", 1).source())
                .subject("acc")
                .time(VirtualClock.START)
                .extension(Operations.CORRECTS, "acc#1")
                .build();
        assertThatThrownBy(() -> edit(dead, risk))
                .isInstanceOfSatisfying(
                        InvalidEventException.class,
                        problem -> assertThat(problem.pointer()).isEqualTo("/type"));
        bench.letItRun();

        assertThat(bench.deadLetters()).containsExactly(dead);
        assertThat(bench.operations.log(null, 10)).isEmpty();
    }

    @Test
    void an_edit_that_names_no_event_is_refused() {
        long dead = bench.dead("acc", 1, Followers.RELEASE);

        assertThatThrownBy(() -> edit(dead, correction("acc", null, 42)))
                .isInstanceOfSatisfying(
                        InvalidEventException.class,
                        problem -> assertThat(problem.pointer()).isEqualTo("/corrects"));
        assertThatThrownBy(() -> edit(99, correction("acc", "acc#1", 42))).isInstanceOf(NoSuchElementException.class);
    }

    @Test
    void what_waits_or_is_discarded_cannot_be_edited() {
        bench.resting = true;
        long waits = bench.follower("acc", 1);

        assertThatThrownBy(() -> edit(waits, correction("acc", "acc#1", 42)))
                .isInstanceOf(OperationConflictException.class)
                .hasMessageContaining("waits for its retry already");
    }

    @Test
    void an_edit_gives_unreadable_bytes_data_that_can_be_read_and_their_place_in_the_queue() {
        bench.resting = true;
        long broken = bench.quarantined("orders/0@17", new byte[] {'{'}, CloudEventJson.MEDIA_TYPE);
        bench.follower("acc", 2);

        edit(broken, correction("acc", "orders/0@17", 1));
        bench.letItRun();
        bench.resting = false;
        bench.letItRun();

        assertThat(bench.handled).hasSize(2);
        assertThat(bench.handled.getFirst().causationId()).isEqualTo("orders/0@17");
        assertThat(bench.processed).last().isEqualTo("acc#2");
    }

    @Test
    void an_edit_survives_a_restart_before_it_was_carried_out() {
        long dead = bench.dead("acc", 1, Followers.RELEASE);
        Operation edit = edit(dead, correction("acc", "acc#1", 42));

        bench.restart();
        bench.advance(Duration.ofMinutes(1));

        assertThat(bench.counts(edit)).isEqualTo(new Counts(0, 0, 1, 0, 0));
        assertThat(bench.handled.getFirst().causationId()).isEqualTo("acc#1");
    }
}
