package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.Progress.Caution;
import ai.tradesense.retry.UnfinishedAttemptException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// After a process stopped without a word, what it may have had at hand is marked before it is tried again, and tried
/// one at a time, each attempt written down before, once that has ended a process as well; so an event that kills its
/// process is found, and those beside it are not blamed.
final class CautionTest {
    private static final Duration UNTIL_TAKEN_FOR_A_CRASH = Duration.ofSeconds(1);

    private final FailingParkingStore parking = new FailingParkingStore();
    private final List<TestPlatform> abandoned = new ArrayList<>();
    private ScriptedTransport transport = new ScriptedTransport();

    private TestPlatform platform(RecordingWorker worker) {
        transport = new ScriptedTransport();
        TestPlatform platform =
                TestPlatform.with(settings -> settings.transport(transport).parking(parking));
        platform.register(worker);
        transport.assign(ScriptedTransport.ONE);
        return platform;
    }

    /// A worker whose process dies with some events: nothing that it does from then on gets anywhere.
    private RecordingWorker dyingWith(String... ids) {
        return new RecordingWorker("margin", (event, context) -> {
            if (List.of(ids).contains(event.id())) {
                parking.fail(true);
                throw new IllegalStateException("nobody will hear of this");
            }
        });
    }

    private void crash(TestPlatform platform) {
        abandoned.add(platform); // neither closed nor stepped any more
        parking.fail(false);
    }

    /// Until everything is at hand.
    private void takeAll(TestPlatform platform) {
        while (!transport.isPlayed()) {
            platform.runtime().round();
        }
    }

    private static List<String> all() {
        List<String> ids = new ArrayList<>(OrderPlaced.ids("acc", 1, 3));
        ids.addAll(OrderPlaced.ids("other", 1, 3));
        return ids;
    }

    private void deliverAll() {
        transport.deliver(OrderPlaced.events("acc", 1, 3));
        transport.deliver(OrderPlaced.events("other", 1, 3));
    }

    @Test
    void what_was_at_hand_is_processed_in_order_and_marked_before_it() {
        TestPlatform first = platform(new RecordingWorker("margin"));
        deliverAll();
        takeAll(first);
        crash(first);

        processesAllWith(Caution.SUSPECT);
    }

    @Test
    void what_was_at_hand_twice_is_processed_in_order_one_at_a_time_with_every_attempt_written_down_before_it() {
        TestPlatform first = platform(new RecordingWorker("margin"));
        deliverAll();
        takeAll(first);
        crash(first);
        RecordingWorker dying = dyingWith(all().toArray(String[]::new));
        TestPlatform again = platform(dying);
        deliverAll();
        again.advance(Duration.ofMinutes(5));
        assertThat(dying.called()).contains("acc#1", "other#1");
        crash(again);

        processesAllWith(Caution.BEGUN);
    }

    private void processesAllWith(Caution caution) {
        List<String> begun = new ArrayList<>();
        RecordingWorker worker = new RecordingWorker("margin", (event, context) -> {
            ParkedEvent row = parking.head("margin_group", event.orderKey(), 100).stream()
                    .filter(each -> each.id().equals(event.id()))
                    .findFirst()
                    .orElseThrow();
            assertThat(row.progress().caution()).isEqualTo(caution);
            assertThat(row.attempts()).isEqualTo(caution == Caution.BEGUN ? context.attempt() : 0);
            begun.add(event.id());
        });
        try (TestPlatform second = platform(worker)) {
            deliverAll();
            second.advance(UNTIL_TAKEN_FOR_A_CRASH);

            assertThat(begun).containsExactlyInAnyOrderElementsOf(all());
            assertThat(worker.processed("acc")).isEqualTo(OrderPlaced.ids("acc", 1, 3));
            assertThat(worker.processed("other")).isEqualTo(OrderPlaced.ids("other", 1, 3));
            assertThat(worker.calls()).allMatch(call -> call.attempt() == 1);
            assertThat(transport.settled()).containsExactlyInAnyOrderElementsOf(all());
            assertThat(second.worker("margin").parked()).isZero();
            assertThat(second.worker("margin").inFlight()).isZero();
        }
    }

    @Test
    void after_an_orderly_end_nothing_is_written_down() {
        try (TestPlatform first = platform(new RecordingWorker("margin"))) {
            transport.deliver(OrderPlaced.event("acc", 1));
            first.settle();
        }
        RecordingWorker worker = new RecordingWorker(
                "margin",
                (event, context) -> assertThat(parking.waiting("margin_group"))
                        .as("nothing is parked")
                        .isEmpty());
        try (TestPlatform second = platform(worker)) {
            transport.deliver(OrderPlaced.event("acc", 2));
            second.settle();
        }

        assertThat(worker.processed()).containsExactly("acc#2");
    }

    @Test
    void an_end_that_is_noted_a_moment_after_the_handover_is_waited_for() {
        TestPlatform first = platform(new RecordingWorker("margin"));
        first.settle();
        RecordingWorker worker = new RecordingWorker(
                "margin",
                (event, context) -> assertThat(parking.waiting("margin_group"))
                        .as("nothing is parked")
                        .isEmpty());
        try (TestPlatform second = platform(worker)) {
            deliverAll();
            second.advance(Duration.ofMillis(100));
            assertThat(worker.calls()).isEmpty();

            first.close();
            second.advance(Duration.ofMillis(100));

            assertThat(worker.processed()).containsExactlyInAnyOrderElementsOf(all());
        }
    }

    @Test
    void a_session_whose_beginning_was_not_answered_is_not_taken_for_that_of_another() {
        parking.loseAnswerOfBegin();
        RecordingWorker worker = new RecordingWorker(
                "margin",
                (event, context) -> assertThat(parking.waiting("margin_group"))
                        .as("nothing is parked")
                        .isEmpty());
        try (TestPlatform platform = platform(worker)) {
            deliverAll();
            platform.advance(Duration.ofMinutes(1));

            assertThat(worker.processed()).containsExactlyInAnyOrderElementsOf(all());
        }
        assertThat(parking.sessions("margin_group")).isEmpty();
    }

    @Test
    void an_event_that_kills_its_process_becomes_a_dead_letter_and_the_others_are_processed() {
        List<String> processed = new ArrayList<>();
        int starts = 0;
        TestPlatform platform = null;
        while (starts < 20) {
            starts++;
            RecordingWorker worker = dyingWith("acc#2");
            platform = platform(worker);
            deliverAll(); // the transport has not heard of anything either
            platform.advance(Duration.ofMinutes(5));
            processed.addAll(worker.processed());
            crash(platform);
            if (!platform.deadLetters().isEmpty()) {
                break;
            }
        }

        assertThat(platform).isNotNull();
        assertThat(platform.deadLetters()).singleElement().satisfies(dead -> {
            assertThat(dead.id()).isEqualTo("acc#2");
            assertThat(dead.attempts()).isEqualTo(4);
            assertThat(dead.failures())
                    .extracting(Failure::exception)
                    .containsOnly(UnfinishedAttemptException.class.getName());
        });
        assertThat(processed).contains("acc#1", "acc#3", "other#1", "other#2", "other#3");
        assertThat(starts)
                .as("once unobserved, once with the others, four attempts, and the one that gives up")
                .isLessThanOrEqualTo(7);
    }

    @Test
    void an_event_that_kills_its_process_when_it_is_retried_becomes_a_dead_letter_too() {
        RecordingWorker first = new RecordingWorker("margin", (event, context) -> {
            if (event.id().equals("acc#1")) {
                throw new IllegalStateException("an ordinary failure");
            }
        });
        TestPlatform platform = platform(first);
        transport.deliver(OrderPlaced.event("acc", 1));
        platform.settle();
        platform.close();

        int starts = 0;
        boolean dead = false;
        while (!dead && starts < 20) {
            starts++;
            platform = platform(dyingWith("acc#1"));
            platform.advance(Duration.ofMinutes(5));
            crash(platform);
            dead = !platform.deadLetters().isEmpty();
        }

        assertThat(dead).isTrue();
        assertThat(starts).isLessThanOrEqualTo(6);
    }

    @Test
    void events_that_come_after_those_at_hand_are_taken_as_ever() {
        TestPlatform first = platform(new RecordingWorker("margin"));
        first.settle();
        crash(first);
        transport = new ScriptedTransport();
        RecordingWorker worker = new RecordingWorker("margin");
        try (TestPlatform second = TestPlatform.with(settings -> settings.transport(transport)
                .parking(parking)
                .limits(new ai.tradesense.bus.Limits(1_024, 100, 2, 2, 100)))) {
            second.register(worker);
            transport.assign(ScriptedTransport.ONE);
            transport.deliver(OrderPlaced.events("acc", 1, 2));
            second.advance(UNTIL_TAKEN_FOR_A_CRASH);
            long parkedSoFar = parking.apply(List.of(new ai.tradesense.parking.ParkingChange.Park(lastSequence())));
            assertThat(parkedSoFar).isOne();

            transport.deliver(OrderPlaced.events("late", 3, 4));
            second.settle();

            assertThat(worker.processed()).containsExactly("acc#1", "acc#2", "late#3", "late#4");
            assertThat(parking.find(4)).as("only two were parked on the way").isEmpty();
        }
    }

    private static ParkedEvent lastSequence() {
        return new ParkedEvent(
                0,
                "another_group",
                "another",
                OrderPlaced.event("x", 1).orderKey(),
                "/tests",
                "x",
                OrderPlaced.event("x", 1),
                null,
                null,
                ai.tradesense.parking.Progress.FOLLOWER,
                VirtualClock.START,
                List.of());
    }

    @Test
    void an_orderly_end_in_the_middle_of_the_suspects_costs_no_attempt() {
        TestPlatform first = platform(new RecordingWorker("margin"));
        deliverAll();
        takeAll(first);
        crash(first);
        RecordingWorker worker = new RecordingWorker("margin");
        TestPlatform second = platform(worker);
        second.advance(UNTIL_TAKEN_FOR_A_CRASH);
        deliverAll();
        while (worker.calls().isEmpty()) {
            second.runtime().round();
        }
        second.close();

        RecordingWorker last = new RecordingWorker("margin");
        try (TestPlatform third = platform(last)) {
            third.advance(UNTIL_TAKEN_FOR_A_CRASH);
            List<String> called = new ArrayList<>(worker.called());
            called.addAll(last.called());
            assertThat(called).containsExactlyInAnyOrderElementsOf(all());
            assertThat(last.calls()).allMatch(call -> call.attempt() == 1);
        }
    }
}
