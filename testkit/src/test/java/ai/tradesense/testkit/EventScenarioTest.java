package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What a scenario says of workers, and how it says it when it is not what was expected.
final class EventScenarioTest {
    @EventName("Mail.Letter.Received.v1")
    record Letter(String subject, String text) implements EventData {}

    @EventName("Mail.Letter.Answered.v1")
    record Answer(String subject, String text) implements EventData {}

    private boolean penIsBroken;
    private final List<String> diary = new ArrayList<>();
    private final EventWorker clerk = Worker.named("clerk")
            .on(Letter.class, (letter, context) -> {
                if (letter.text().equals("?")) {
                    throw new PermanentException("cannot be read");
                }
                if (penIsBroken) {
                    throw new IllegalStateException("the pen is broken");
                }
                diary.add(letter.text());
                if (!letter.text().isEmpty()) {
                    context.publish(new Answer(letter.subject(), "re: " + letter.text()));
                }
            })
            .retryDelay(Duration.ofSeconds(10))
            .maxRetries(2)
            .build();
    private final EventWorker archive = Worker.named("archive")
            .on(Letter.class, (letter, context) -> {
                if (letter.text().equals("poison")) {
                    throw new InvalidEventException("/data/text", "is poison");
                }
            })
            .build();

    @RegisterExtension
    final EventScenario scenario = EventScenario.of(clerk);

    @Test
    void what_a_worker_publishes_is_seen() {
        scenario.when(new Letter("ada", "hello"), new Letter("bob", "bye"));

        scenario.then()
                .published(new Answer("bob", "re: bye"), new Answer("ada", "re: hello"))
                .processed(new Letter("ada", "hello"), new Letter("bob", "bye"))
                .parkedNothing()
                .deadLetteredNothing()
                .readModel(diary, entries -> assertThat(entries).containsExactlyInAnyOrder("hello", "bye"));
    }

    @Test
    void what_fails_waits_and_what_comes_behind_it_waits_too() {
        penIsBroken = true;
        scenario.when(new Letter("ada", "1"), new Letter("ada", "2"));
        scenario.then()
                .parked(new Letter("ada", "1"), new Letter("ada", "2"))
                .processedNothing()
                .publishedNothing();

        penIsBroken = false;
        scenario.advance(Duration.ofSeconds(10));

        scenario.then().parkedNothing().published(new Answer("ada", "re: 1"), new Answer("ada", "re: 2"));
        assertThat(scenario.now()).isEqualTo(VirtualClock.START.plusSeconds(10));
    }

    @Test
    void what_keeps_failing_is_given_up_in_no_time() {
        penIsBroken = true;

        scenario.when(new Letter("ada", "1")).advance(Duration.ofHours(1));

        scenario.then().deadLettered(new Letter("ada", "1"));
        assertThat(scenario.then().deadLetters())
                .extracting(ParkedEvent::attempts)
                .containsExactly(3);
    }

    @Test
    void what_was_given_is_left_out() {
        scenario.given(new Letter("ada", "1"));

        scenario.when(new Letter("ada", "2"));

        scenario.then().processed(new Letter("ada", "2")).published(new Answer("ada", "re: 2"));
        assertThat(diary).containsExactly("1", "2");
    }

    @Test
    void whole_events_may_be_published_too() {
        DomainEvent letter = scenario.platform()
                .tradesense()
                .event(new Letter("ada", "hello"))
                .correlationId("request-1")
                .build();

        scenario.when(letter);

        assertThat(scenario.then().publishedEvents()).singleElement().satisfies(answer -> {
            assertThat(answer.correlationId()).isEqualTo("request-1");
            assertThat(answer.causationId()).isEqualTo(letter.id());
        });
    }

    @Test
    void every_test_begins_anew() {
        scenario.when(new Letter("ada", "1"));
        scenario.close();

        scenario.when(new Letter("ada", "2"));

        scenario.then().processed(new Letter("ada", "2"));
    }

    @Test
    void several_workers_are_looked_at_together_or_one_by_one() {
        try (EventScenario both = EventScenario.of(clerk, archive)) {
            both.when(new Letter("ada", "poison"));

            both.then().processedNothing().deadLettered(new Letter("ada", "poison"));
            both.then().of("clerk").processed(new Letter("ada", "poison")).deadLetteredNothing();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> both.then().of("cook"))
                    .withMessage("there is no worker 'cook', only [clerk, archive]");
        }
    }

    @Test
    void an_assertion_that_fails_says_what_was_expected_what_was_found_and_what_became_of_every_event() {
        penIsBroken = true;
        scenario.when(new Letter("ada", "1"), new Letter("ada", "2"), new Letter("bob", "?"));

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> scenario.then().published(new Answer("ada", "re: 1")))
                .withMessage("""
                        expected that workers have published
                            Answer[subject=ada, text=re: 1]
                        but found
                            nothing
                        At 2026-01-05T09:00:00Z:
                            Mail.Letter.Received.v1 of ada {"subject":"ada","text":"1"}
                                clerk tries again in PT10S: java.lang.IllegalStateException: the pen is broken
                            Mail.Letter.Received.v1 of ada {"subject":"ada","text":"2"}
                                clerk has it wait behind another
                            Mail.Letter.Received.v1 of bob {"subject":"bob","text":"?"}
                                clerk gave up after 1 attempts: ai.tradesense.retry.PermanentException: cannot be read
                        """);
    }

    @Test
    void events_of_a_subject_are_expected_in_their_order() {
        scenario.when(new Letter("ada", "1"), new Letter("ada", "2"));

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> scenario.then().processed(new Letter("ada", "2"), new Letter("ada", "1")));
        assertThatExceptionOfType(AssertionError.class)
                .as("all of them are expected")
                .isThrownBy(() -> scenario.then().processed(new Letter("ada", "1")));
        assertThatExceptionOfType(AssertionError.class)
                .as("no more than them")
                .isThrownBy(() -> scenario.then()
                        .processed(new Letter("ada", "1"), new Letter("ada", "2"), new Letter("ada", "2")));
        scenario.then().processed(new Letter("ada", "1"), new Letter("ada", "2"));
    }

    @Test
    void a_read_model_that_is_wrong_is_shown_with_what_happened() {
        scenario.when(new Letter("ada", ""));

        assertThatExceptionOfType(AssertionError.class)
                .isThrownBy(() -> scenario.then()
                        .readModel(diary, entries -> assertThat(entries).isEmpty()))
                .withMessageContaining("clerk has processed it");
    }

    @Test
    void a_handler_that_waits_is_named_and_nothing_hangs() {
        CountDownLatch never = new CountDownLatch(1);
        EventWorker waiting = Worker.named("dreamer")
                .on(Letter.class, (letter, context) -> never.await())
                .build();
        try (EventScenario stuck = EventScenario.of(waiting).patience(Duration.ofMillis(200))) {
            StillBusyException refusal =
                    catchThrowableOfType(StillBusyException.class, () -> stuck.when(new Letter("ada", "1")));

            assertThat(refusal.busy()).startsWith("dreamer-lane-");
            assertThat(refusal)
                    .hasMessageContaining("has not come to an end after PT0.2S")
                    .hasMessageContaining("EventScenarioTest")
                    .hasMessageContaining("dreamer has not come to it");
            assertThatExceptionOfType(StillBusyException.class).isThrownBy(stuck::then);
            assertThatExceptionOfType(StillBusyException.class).isThrownBy(() -> stuck.advance(Duration.ZERO));
        }
    }

    @Test
    void retries_without_end_and_without_delay_are_refused_by_name() {
        EventWorker stubborn = Worker.named("stubborn")
                .on(Letter.class, (letter, context) -> {
                    throw new IllegalStateException("no");
                })
                .retryDelay(Duration.ZERO)
                .maxRetryDelay(Duration.ZERO)
                .maxRetries(Integer.MAX_VALUE)
                .build();
        try (EventScenario endless = EventScenario.of(stubborn)) {
            assertThatExceptionOfType(StillBusyException.class)
                    .isThrownBy(() -> endless.when(new Letter("ada", "1")))
                    .withMessageContaining("not at rest after")
                    .withMessageContaining("stubborn-");
        }
    }

    @Test
    void workers_that_answer_each_other_without_end_are_refused_by_name() {
        EventWorker ping = Worker.named("ping")
                .on(Letter.class, (letter, context) -> context.publish(new Answer(letter.subject(), letter.text())))
                .build();
        EventWorker pong = Worker.named("pong")
                .on(Answer.class, (answer, context) -> context.publish(new Letter(answer.subject(), answer.text())))
                .build();
        try (EventScenario endless = EventScenario.of(ping, pong)) {
            assertThatExceptionOfType(StillBusyException.class)
                    .isThrownBy(() -> endless.when(new Letter("ada", "1")))
                    .withMessageContaining("not at rest after");
        }
    }

    @Test
    void a_paused_worker_has_not_come_to_it_yet() {
        scenario.platform().tradesense().workers().pause("clerk");
        scenario.when(new Letter("ada", "1"));
        scenario.then().processedNothing();

        scenario.platform().tradesense().workers().resume("clerk");
        scenario.advance(Duration.ZERO);

        scenario.then().processed(new Letter("ada", "1"));
    }

    /// A record that another process could not read must not pass for one that works.
    @Test
    void events_go_through_their_json_as_they_do_between_processes() {
        Object[] circle = new Object[1];
        circle[0] = circle;
        try (EventScenario any = EventScenario.of()) {
            DomainEvent event = DomainEvent.builder(EventType.parse("Mail.Letter.Lost.v1"))
                    .id("1")
                    .source(URI.create("/tests"))
                    .subject("ada")
                    .time(VirtualClock.START)
                    .data(Payload.value(circle))
                    .build();

            assertThatExceptionOfType(InvalidEventException.class).isThrownBy(() -> any.when(event));
        }
    }

    @Test
    void settings_come_before_the_first_step() {
        scenario.when(new Letter("ada", "1"));

        assertThatIllegalStateException().isThrownBy(() -> scenario.shuffled(1));
    }

    @Test
    void any_order_of_agents_gives_the_same_outcome() {
        for (long seed = 0; seed < 20; seed++) {
            try (EventScenario any = EventScenario.of(clerk).shuffled(seed)) {
                any.when(new Letter("ada", "1"), new Letter("ada", "2"), new Letter("bob", "3"));
                any.then()
                        .published(new Answer("ada", "re: 1"), new Answer("ada", "re: 2"), new Answer("bob", "re: 3"));
            }
        }
    }
}
