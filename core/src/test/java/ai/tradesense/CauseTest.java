package ai.tradesense;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.parking.Failure;
import java.time.Instant;
import org.junit.jupiter.api.Test;

/// Which failures have the same cause.
final class CauseTest {
    private static String cause(Throwable exception) {
        return Failure.of(1, Instant.EPOCH, exception).cause();
    }

    private static IllegalStateException refused(String account) {
        return new IllegalStateException("no account " + account);
    }

    private static IllegalStateException timedOut() {
        return new IllegalStateException("no answer");
    }

    @Test
    void messages_and_lines_do_not_matter() {
        String one = cause(refused("a"));
        String other = cause(refused("b"));

        assertThat(one).hasSize(16).isEqualTo(other);
    }

    @Test
    void the_method_that_failed_and_the_class_of_the_exception_matter() {
        assertThat(cause(refused("a"))).isNotEqualTo(cause(timedOut()));
        assertThat(cause(new IllegalStateException())).isNotEqualTo(cause(new IllegalArgumentException()));
    }

    @Test
    void the_whole_chain_of_causes_matters() {
        String refusal = cause(new RuntimeException(refused("a")));

        assertThat(refusal).isEqualTo(cause(new RuntimeException(refused("b"))));
        assertThat(refusal).isNotEqualTo(cause(new RuntimeException(timedOut())));
        assertThat(refusal).isNotEqualTo(cause(new RuntimeException()));
    }

    @Test
    void the_numbers_of_lambdas_proxies_and_hidden_classes_do_not_matter() {
        Throwable one = new IllegalStateException();
        Throwable other = new IllegalStateException();
        one.setStackTrace(frames("lambda$handle$3", "a.B$$Lambda/0x00007f1a2c000a00", "a.$Proxy12"));
        other.setStackTrace(frames("lambda$handle$17", "a.B$$Lambda/0x00007f9900c0ffee", "a.$Proxy7"));

        assertThat(cause(one)).isEqualTo(cause(other));
        other.setStackTrace(frames("lambda$other$3", "a.B$$Lambda/0x00007f1a2c000a00", "a.$Proxy12"));
        assertThat(cause(one)).isNotEqualTo(cause(other));
    }

    private static StackTraceElement[] frames(String method, String... classes) {
        StackTraceElement[] frames = new StackTraceElement[classes.length];
        for (int i = 0; i < classes.length; i++) {
            frames[i] = new StackTraceElement(classes[i], method, "B.java", 10 + method.length());
        }
        return frames;
    }

    @Test
    void how_the_handler_was_called_does_not_matter() {
        Throwable live = new IllegalStateException();
        Throwable retried = new IllegalStateException();
        live.setStackTrace(new StackTraceElement[] {
            new StackTraceElement("a.Margin", "check", null, 1),
            new StackTraceElement("ai.tradesense.worker.EventProcessor", "live", null, 1)
        });
        retried.setStackTrace(new StackTraceElement[] {
            new StackTraceElement("a.Margin", "check", null, 1),
            new StackTraceElement("jdk.internal.reflect.DirectMethodHandleAccessor", "invoke", null, 1),
            new StackTraceElement("ai.tradesense.worker.EventProcessor", "retry", null, 1)
        });

        assertThat(cause(live)).isEqualTo(cause(retried));
    }

    @Test
    void an_exception_that_cannot_describe_itself_has_a_cause_all_the_same() {
        Throwable broken = new RuntimeException() {
            @Override
            public synchronized Throwable getCause() {
                throw new IllegalStateException("broken");
            }

            @Override
            public StackTraceElement[] getStackTrace() {
                throw new IllegalStateException("broken");
            }
        };
        Throwable circle = new RuntimeException();
        Throwable other = new RuntimeException(circle);
        circle.initCause(other);

        assertThat(cause(broken)).hasSize(16);
        assertThat(cause(circle)).hasSize(16);
    }
}
