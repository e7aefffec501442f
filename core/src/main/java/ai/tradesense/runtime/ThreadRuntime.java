package ai.tradesense.runtime;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One thread per agent, which sleeps while the agent is idle.
public final class ThreadRuntime implements AgentRuntime {
    /// How long a step may take to end once its agent is closed, before its thread is interrupted.
    public static final Duration DEFAULT_GRACE = Duration.ofSeconds(10);

    /// How long an agent rests whose step failed unexpectedly.
    private static final Duration REST_AFTER_FAILURE = Duration.ofSeconds(1);

    private static final Duration LONGEST_SLEEP = Duration.ofHours(1);
    private static final Logger LOG = LoggerFactory.getLogger(ThreadRuntime.class);

    private final InstantSource clock;
    private final Duration grace;
    private final Set<Runner> running = ConcurrentHashMap.newKeySet();

    /// Threads on a clock, with the usual grace.
    public ThreadRuntime(InstantSource clock) {
        this(clock, DEFAULT_GRACE);
    }

    public ThreadRuntime(InstantSource clock, Duration grace) {
        this.clock = clock;
        this.grace = grace;
    }

    @Override
    public AgentHandle start(Agent agent, Kind kind) {
        Runner runner = new Runner(agent);
        running.add(runner);
        runner.thread = switch (kind) {
            case HANDLER -> Thread.ofVirtual().name(agent.name()).unstarted(runner);
            case LOOP -> Thread.ofPlatform().name(agent.name()).daemon(true).unstarted(runner);
        };
        runner.thread.start();
        return runner;
    }

    @Override
    public void close() {
        running.forEach(runner -> runner.stopping = true);
        running.forEach(Runner::close);
    }

    /// The four lines around an agent's step, and its sleep.
    private final class Runner implements Runnable, AgentHandle {
        private enum State {
            BUSY,
            WOKEN,
            ASLEEP
        }

        private final Agent agent;
        private final AtomicReference<State> state = new AtomicReference<>(State.BUSY);
        private volatile boolean stopping;
        private volatile @Nullable Thread thread;

        Runner(Agent agent) {
            this.agent = agent;
        }

        @Override
        public void run() {
            try {
                while (!stopping) {
                    step();
                }
            } finally {
                running.remove(this);
            }
        }

        private void step() {
            try {
                boolean idle = agent.doWork() == 0;
                Thread.interrupted(); // what a step leaves behind would keep it from sleeping
                if (idle) {
                    sleep();
                }
            } catch (Throwable failure) { // whatever it is: nobody would miss a thread that ended here
                Thread.interrupted();
                if (!stopping) {
                    LOG.error("{} failed unexpectedly and goes on in {}", agent.name(), REST_AFTER_FAILURE, failure);
                    LockSupport.parkNanos(REST_AFTER_FAILURE.toNanos());
                } else if (!(failure instanceof InterruptedException)) {
                    LOG.error("{} failed unexpectedly while it was closed", agent.name(), failure);
                }
            }
        }

        private void sleep() {
            if (state.compareAndSet(State.BUSY, State.ASLEEP)) {
                Instant wakeAt = agent.wakeAt();
                if (stopping) {
                    return;
                }
                if (wakeAt == null) {
                    LockSupport.park(this);
                } else {
                    long nanos = nanosUntil(wakeAt);
                    if (nanos > 0) {
                        LockSupport.parkNanos(this, nanos);
                    }
                }
            }
            state.set(State.BUSY);
        }

        private long nanosUntil(Instant wakeAt) {
            Duration delay = Duration.between(clock.instant(), wakeAt);
            if (delay.isNegative()) {
                return 0;
            }
            return delay.compareTo(LONGEST_SLEEP) > 0 ? LONGEST_SLEEP.toNanos() : delay.toNanos();
        }

        @Override
        public void wake() {
            if (state.get() != State.WOKEN && state.getAndSet(State.WOKEN) == State.ASLEEP) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void close() {
            stopping = true;
            Thread runs = thread;
            if (runs == null || runs == Thread.currentThread()) {
                return;
            }
            LockSupport.unpark(runs);
            try {
                if (!runs.join(grace)) {
                    LOG.warn("{} did not end within {} and is interrupted", agent.name(), grace);
                    runs.interrupt();
                    if (!runs.join(grace)) {
                        LOG.error("{} does not end; its thread is left behind", agent.name());
                    }
                }
            } catch (InterruptedException interrupted) {
                runs.interrupt();
                Thread.currentThread().interrupt();
            }
        }
    }
}
