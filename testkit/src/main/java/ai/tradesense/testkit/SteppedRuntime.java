package ai.tradesense.testkit;

import ai.tradesense.runtime.Agent;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Runs agents in the thread of the test, one after the other, on a virtual clock. Nothing happens until the
/// test says so, and whatever it says has happened completely when the call returns: tests neither wait nor
/// poll.
///
/// An agent is called exactly when a [ai.tradesense.runtime.ThreadRuntime] would call it: while it has work,
/// when it was woken, and at the time it asked for. So an agent that forgets to wake another is found here
/// too.
///
/// Without a seed agents take turns in the order in which they were started. With one, each round calls some
/// of those that have work in an order that follows from the seed: other seeds, other interleavings, each
/// repeatable.
///
/// The calls that step are for one thread at a time; agents may be started, woken and closed by any.
public final class SteppedRuntime implements AgentRuntime {
    /// How many rounds there may be until all agents rest.
    public static final int MAX_ROUNDS = 10_000;

    /// How long, in real time, another thread that closes an agent waits for its step to end.
    public static final Duration CLOSE_GRACE = Duration.ofSeconds(10);

    private final VirtualClock clock;
    private final @Nullable Random random;

    // Guarded by this.
    private final List<SteppedAgent> agents = new ArrayList<>();
    private boolean closed;
    private @Nullable SteppedAgent current;

    /// Agents take turns.
    public SteppedRuntime(VirtualClock clock) {
        this.clock = clock;
        this.random = null;
    }

    /// The order of agents follows from a seed.
    public SteppedRuntime(VirtualClock clock, long seed) {
        this.clock = clock;
        this.random = new Random(seed);
    }

    /// @throws IllegalStateException if the runtime is closed
    @Override
    public synchronized AgentHandle start(Agent agent, Kind kind) {
        if (closed) {
            throw new IllegalStateException("the runtime is closed, so " + agent.name() + " cannot start");
        }
        SteppedAgent started = new SteppedAgent(agent);
        agents.add(started);
        return started;
    }

    /// Steps agents until none has work at this time.
    ///
    /// @throws IllegalStateException if they do not come to rest within [#MAX_ROUNDS], naming those that are
    ///     busy; or if the step of an agent failed
    public void settle() {
        for (int round = 0; round < MAX_ROUNDS; round++) {
            if (round() == 0) {
                return;
            }
        }
        String busy = ready().stream().map(SteppedAgent::explain).collect(Collectors.joining("; "));
        throw new IllegalStateException("not at rest after " + MAX_ROUNDS + " rounds: " + busy);
    }

    /// Lets time pass: moves the clock to every time on the way at which an agent wants to be called, and
    /// settles there, at the beginning and at the end.
    public void advance(Duration duration) {
        Instant end = clock.instant().plus(duration);
        settle();
        Instant next = nextWake();
        while (next != null && !next.isAfter(end)) {
            clock.moveTo(next);
            settle();
            next = nextWake();
        }
        clock.moveTo(end);
        settle();
    }

    /// Steps once each agent that has work now, or some of them if there is a seed. For tests that act
    /// between steps; others use [#settle].
    ///
    /// @return how many were stepped; 0 when all rest
    public int round() {
        List<SteppedAgent> ready = ready();
        if (random != null && ready.size() > 1) {
            Collections.shuffle(ready, random);
            ready = ready.subList(0, 1 + random.nextInt(ready.size()));
        }
        for (SteppedAgent agent : ready) {
            begin(agent);
            try {
                agent.step();
            } finally {
                end();
            }
        }
        return ready.size();
    }

    private synchronized void begin(SteppedAgent agent) {
        if (current != null) {
            throw new IllegalStateException("agents are stepped already: " + current.agent.name()
                    + " is in its step, in which neither it nor another thread may step agents");
        }
        current = agent;
    }

    private synchronized void end() {
        current = null;
    }

    private synchronized List<SteppedAgent> ready() {
        Instant now = clock.instant();
        return new ArrayList<>(
                agents.stream().filter(agent -> agent.isReady(now)).toList());
    }

    private synchronized @Nullable Instant nextWake() {
        Instant next = null;
        for (SteppedAgent agent : agents) {
            Instant wakeAt = agent.wakeAt;
            if (wakeAt != null && (next == null || wakeAt.isBefore(next))) {
                next = wakeAt;
            }
        }
        return next;
    }

    /// The name of the agent that is in its step now; null if none is. Any thread may ask.
    synchronized @Nullable String stepping() {
        return current == null ? null : current.agent.name();
    }

    /// The names of the agents that have been started and not closed.
    public synchronized List<String> running() {
        return agents.stream().map(agent -> agent.agent.name()).toList();
    }

    /// Steps no agent any more. Idempotent.
    @Override
    public void close() {
        List<SteppedAgent> toClose;
        synchronized (this) {
            closed = true;
            toClose = List.copyOf(agents);
        }
        toClose.forEach(SteppedAgent::close);
    }

    private synchronized void remove(SteppedAgent agent) {
        agents.remove(agent);
    }

    private final class SteppedAgent implements AgentHandle {
        private final Agent agent;
        private final ReentrantLock stepping = new ReentrantLock();
        private volatile boolean woken = true; // called once to begin with
        private volatile boolean open = true;
        private volatile @Nullable Instant wakeAt;

        SteppedAgent(Agent agent) {
            this.agent = agent;
        }

        boolean isReady(Instant now) {
            Instant at = wakeAt;
            return woken || (at != null && !at.isAfter(now));
        }

        void step() {
            stepping.lock();
            try {
                if (!open) {
                    return;
                }
                woken = false;
                wakeAt = null;
                if (agent.doWork() > 0) {
                    woken = true;
                } else {
                    wakeAt = agent.wakeAt();
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
                throw new IllegalStateException(agent.name() + " was interrupted in its step", interrupted);
            } catch (RuntimeException | Error failure) {
                woken = true; // it goes on when it is stepped again
                throw new IllegalStateException(agent.name() + " failed in its step", failure);
            } finally {
                stepping.unlock();
            }
        }

        String explain() {
            return agent.name()
                    + (woken
                            ? " has work"
                            : " wants to be called at " + wakeAt + ", finds nothing to do and asks again");
        }

        @Override
        public void wake() {
            woken = true;
        }

        @Override
        public void close() {
            open = false;
            remove(this);
            if (stepping.isHeldByCurrentThread()) {
                return;
            }
            try {
                if (stepping.tryLock(CLOSE_GRACE.toSeconds(), TimeUnit.SECONDS)) {
                    stepping.unlock();
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
