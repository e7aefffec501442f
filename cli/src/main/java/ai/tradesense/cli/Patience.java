package ai.tradesense.cli;

import ai.tradesense.cli.Api.Answer;
import ai.tradesense.cli.Api.Unreachable;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// Asks again what failed in a way that passes: the server is overloaded, restarts or cannot be reached. Only for
/// calls that are safe to repeat. Waits as long as the server asks for (`Retry-After`), otherwise twice as long
/// each time, and gives up when it has waited too long in one go. A server that was never there is not waited
/// for.
final class Patience {
    private static final Duration FIRST_WAIT = Duration.ofMillis(250);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(10);

    private final Shell shell;
    private final Consumer<String> messages;
    private final Duration limit;
    private boolean answeredOnce;

    /// @param messages is told when waiting begins
    /// @param limit the longest wait in one go
    Patience(Shell shell, Consumer<String> messages, Duration limit) {
        this.shell = shell;
        this.messages = messages;
        this.limit = limit;
    }

    /// The first answer that is not worth waiting for a better one.
    ///
    /// @throws CommandFailure if there is none within the limit
    Answer ask(Supplier<Answer> call) throws InterruptedException {
        Duration waited = Duration.ZERO;
        Duration next = FIRST_WAIT;
        while (true) {
            String reason;
            Duration wait = next;
            try {
                Answer answer = call.get();
                answeredOnce = true;
                if (!isPassing(answer.status())) {
                    return answer;
                }
                reason = "the server answers " + answer.status() + ": "
                        + Problem.of(answer.status(), answer.body()).detail();
                wait = retryAfter(answer, next);
            } catch (Unreachable failure) {
                if (failure.neverConnected() && !answeredOnce) {
                    throw failure;
                }
                reason = String.valueOf(failure.getMessage());
            }
            waited = waited.plus(wait);
            if (waited.compareTo(limit) > 0) {
                throw new CommandFailure(reason + "; gave up after waiting for " + limit.toSeconds() + " s");
            }
            if (next.equals(FIRST_WAIT)) {
                messages.accept(reason + "; trying again for up to " + limit.toSeconds() + " s");
            }
            shell.pause().lasting(wait);
            next = next.multipliedBy(2).compareTo(LONGEST_WAIT) < 0 ? next.multipliedBy(2) : LONGEST_WAIT;
        }
    }

    private static boolean isPassing(int status) {
        return status == 429 || status == 502 || status == 503 || status == 504;
    }

    private Duration retryAfter(Answer answer, Duration otherwise) {
        String value = answer.retryAfter().strip();
        Duration asked;
        if (value.matches("[0-9]{1,9}")) {
            asked = Duration.ofSeconds(Long.parseLong(value));
        } else {
            try {
                Instant at = DateTimeFormatter.RFC_1123_DATE_TIME.parse(value, Instant::from);
                asked = Duration.between(shell.clock().instant(), at);
            } catch (DateTimeException none) {
                return otherwise;
            }
        }
        return asked.compareTo(FIRST_WAIT) > 0 ? asked : FIRST_WAIT;
    }
}
