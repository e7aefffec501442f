package ai.tradesense.testkit.simulation;

import ai.tradesense.runtime.Agent;
import ai.tradesense.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// Lets the step of an agent pause in the middle, for virtual time to pass and others to go on: a slow handler, a slow
/// disk, a publisher that waits for room.
///
/// A step runs on a virtual thread of its own, but only while whoever runs the agents waits for it: one thread at a
/// time has the baton, so a run stays as repeatable as on one thread. (Coroutines, had the platform a name for them.)
final class Pauses {
    private final VirtualClock clock;
    private @Nullable Pausable current;

    Pauses(VirtualClock clock) {
        this.clock = clock;
    }

    /// An agent whose steps may pause.
    Pausable pausable(Agent agent, Instance instance) {
        return new Pausable(agent, instance);
    }

    /// Pauses the step that calls; returns at once where that cannot pause, or for no time.
    ///
    /// @throws InstanceDied if the instance has crashed meanwhile
    void pause(Duration duration) {
        Pausable paused = current;
        if (paused != null && duration.isPositive()) {
            paused.pause(clock.instant().plus(duration));
        }
    }

    /// Ends a step whose instance is no more, the way the thread of a killed instance ends.
    @SuppressWarnings("serial")
    static final class InstanceDied extends Error {
        InstanceDied(String instance) {
            super(instance + " died", null, false, false);
        }
    }

    /// An agent, and the step that it may be in.
    final class Pausable implements Agent {
        private final Agent agent;
        private final Instance instance;
        private final Semaphore goOn = new Semaphore(0);
        private final Semaphore handedBack = new Semaphore(0);

        // Touched by whoever has the baton.
        private @Nullable Instant pausedUntil;
        private boolean wokenWhilePaused;
        private int worked;
        private @Nullable Throwable failure;

        private volatile boolean closed;

        private Pausable(Agent agent, Instance instance) {
            this.agent = agent;
            this.instance = instance;
        }

        @Override
        public String name() {
            return agent.name();
        }

        /// Begins no step any more; one that is paused goes on to its end.
        void close() {
            closed = true;
        }

        boolean isPaused() {
            return pausedUntil != null;
        }

        @Override
        public int doWork() throws InterruptedException {
            if (isOver()) {
                return 0;
            }
            if (pausedUntil != null && clock.instant().isBefore(pausedUntil)) {
                wokenWhilePaused = true;
                return 0;
            }
            run();
            if (pausedUntil != null) {
                return 0;
            }
            boolean again = wokenWhilePaused;
            wokenWhilePaused = false;
            return again ? Math.max(1, worked) : worked;
        }

        private boolean isOver() {
            return !instance.isAlive() || (closed && pausedUntil == null);
        }

        /// Begins a step or goes on with the one that paused, until it ends or pauses.
        private void run() {
            Pausable before = current;
            current = this;
            if (pausedUntil == null) {
                Thread.ofVirtual().start(this::step);
            } else {
                pausedUntil = null;
                goOn.release();
            }
            handedBack.acquireUninterruptibly();
            current = before;
            Throwable failed = failure;
            failure = null;
            if (failed != null && instance.isAlive()) {
                throw new IllegalStateException(name() + " failed in its step", failed);
            }
        }

        private void step() {
            worked = 0;
            try {
                worked = agent.doWork();
            } catch (Throwable thrown) { // handed to whoever runs the agents
                failure = thrown;
            }
            handedBack.release();
        }

        private void pause(Instant until) {
            instance.requireAlive();
            pausedUntil = until;
            handedBack.release();
            goOn.acquireUninterruptibly();
            instance.requireAlive();
        }

        /// Ends a step that is paused, once its instance is dead.
        void abandon() {
            if (pausedUntil != null) {
                run();
            }
        }

        @Override
        public @Nullable Instant wakeAt() {
            if (isOver()) {
                return null;
            }
            return pausedUntil != null ? pausedUntil : agent.wakeAt();
        }
    }
}
