package ai.tradesense.testkit.examples;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.testkit.EventScenario;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Start here: a worker and its test.
final class GreeterTest {
    @EventName("Auth.User.Registered.v1")
    record UserRegistered(String subject, String email) implements EventData {}

    @EventName("Mail.Welcome.Sent.v1")
    record WelcomeSent(String subject) implements EventData {}

    /// Where mail goes: a stand-in that counts and can be out of order.
    static final class Mail {
        final Map<String, Integer> sent = new HashMap<>();
        boolean isDown;

        void send(String address) {
            if (isDown) {
                throw new IllegalStateException("the mail server does not answer");
            }
            if (!address.contains("@")) {
                throw new PermanentException("'" + address + "' is no address");
            }
            sent.merge(address, 1, Integer::sum);
        }
    }

    static EventWorker greeter(Mail mail) {
        return Worker.named("greeter")
                .on(UserRegistered.class, (user, context) -> {
                    mail.send(user.email());
                    context.publish(new WelcomeSent(user.subject()));
                })
                .retryDelay(Duration.ofSeconds(5))
                .maxRetries(3)
                .build();
    }

    final Mail mail = new Mail();

    @RegisterExtension
    final EventScenario scenario = EventScenario.of(greeter(mail));

    @Test
    void new_users_are_greeted() {
        scenario.when(new UserRegistered("ada", "ada@example.com"));

        scenario.then().published(new WelcomeSent("ada"));
    }

    @Test
    void a_mail_server_that_is_down_for_ten_seconds_delays_the_greeting() {
        mail.isDown = true;
        scenario.when(new UserRegistered("ada", "ada@example.com"));
        scenario.then().parked(new UserRegistered("ada", "ada@example.com")).publishedNothing();

        scenario.advance(Duration.ofSeconds(10)); // tried again after 5 s, and next after 10 more
        mail.isDown = false;
        scenario.advance(Duration.ofSeconds(5));

        scenario.then().parkedNothing().published(new WelcomeSent("ada"));
    }

    @Test
    void a_user_without_an_address_is_a_dead_letter_and_delays_nobody() {
        scenario.when(new UserRegistered("bob", "nowhere"), new UserRegistered("ada", "ada@example.com"));

        scenario.then()
                .deadLettered(new UserRegistered("bob", "nowhere"))
                .processed(new UserRegistered("ada", "ada@example.com"))
                .readModel(mail.sent, sent -> assertThat(sent).containsOnlyKeys("ada@example.com"));
    }

    @Test
    void users_that_were_there_before_are_not_greeted_again() {
        scenario.given(new UserRegistered("ada", "ada@example.com"));

        scenario.when(new UserRegistered("bob", "bob@example.com"));

        scenario.then().published(new WelcomeSent("bob"));
    }

    @Test
    void a_scenario_needs_no_extension() {
        try (EventScenario plain = EventScenario.of(greeter(mail))) {
            plain.when(new UserRegistered("ada", "ada@example.com")).then().published(new WelcomeSent("ada"));
        }
    }

    @Test
    void greetings_do_not_depend_on_who_runs_first() {
        for (long seed = 0; seed < 100; seed++) {
            try (EventScenario any = EventScenario.of(greeter(new Mail())).shuffled(seed)) {
                any.when(new UserRegistered("ada", "ada@example.com"), new UserRegistered("bob", "bob@example.com"));
                any.then().published(new WelcomeSent("ada"), new WelcomeSent("bob"));
            }
        }
    }
}
