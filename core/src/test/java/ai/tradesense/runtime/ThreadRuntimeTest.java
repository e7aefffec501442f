package ai.tradesense.runtime;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Whatever an agent does, its thread goes on calling it, and sleeps when there is nothing to do.
final class ThreadRuntimeTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final ThreadRuntime runtime = new ThreadRuntime(InstantSource.system());
    private final AtomicInteger calls = new AtomicInteger();

    @AfterEach
    void close() {
        runtime.close();
    }

    private abstract class Counted implements Agent {
        @Override
        public String name() {
            return "counted";
        }

        @Override
        public int doWork() throws InterruptedException {
            calls.incrementAndGet();
            return 0;
        }
    }

    private void awaitCalls(int number) {
        Awaitility.await().atMost(PATIENCE).until(() -> calls.get() >= number);
    }

    @Test
    void an_agent_that_cannot_say_when_it_wants_to_be_called_is_called_all_the_same() {
        runtime.start(
                new Counted() {
                    @Override
                    public @Nullable Instant wakeAt() {
                        throw new ArithmeticException("overflow");
                    }
                },
                AgentRuntime.Kind.LOOP);

        awaitCalls(2);
    }

    @Test
    void an_agent_that_throws_what_it_need_not_declare_is_called_again() {
        runtime.start(
                new Counted() {
                    @Override
                    public int doWork() throws InterruptedException {
                        super.doWork();
                        ThreadRuntimeTest.<RuntimeException>throwUndeclared(new IOException("from another language"));
                        return 0;
                    }
                },
                AgentRuntime.Kind.LOOP);

        awaitCalls(2);
    }

    @SuppressWarnings("unchecked")
    private static <T extends Throwable> void throwUndeclared(Throwable checked) throws T {
        throw (T) checked;
    }

    @Test
    void an_interruption_that_a_step_leaves_behind_does_not_keep_its_thread_awake() throws InterruptedException {
        AtomicReference<Thread> thread = new AtomicReference<>();
        CountDownLatch stepped = new CountDownLatch(1);
        runtime.start(
                new Counted() {
                    @Override
                    public int doWork() {
                        thread.set(Thread.currentThread());
                        Thread.currentThread().interrupt();
                        stepped.countDown();
                        return 0;
                    }
                },
                AgentRuntime.Kind.LOOP);
        stepped.await();

        Awaitility.await().atMost(PATIENCE).until(() -> thread.get().getState() == Thread.State.WAITING);
    }
}
