package ai.tradesense.bench;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// How a publisher goes through its events.
sealed interface Pacing {
    /// Publishes the events of one publisher, at most `batch` at a time, and notes when each was to be sent.
    void publish(int publisher, Load load, int batch, Contender.Session session, Observations observations)
            throws Exception;

    /// How long at the beginning of a round latencies do not count.
    long leadInNanos(Load load);

    /// The pacing of a rate; without one a closed loop.
    static Pacing of(@Nullable Integer eventsPerSecond) {
        return eventsPerSecond == null ? new ClosedLoop() : new OpenLoop(eventsPerSecond);
    }

    /// A full batch as soon as the one before has returned. Its events were to be sent when that happened.
    record ClosedLoop() implements Pacing {
        @Override
        public void publish(int publisher, Load load, int batch, Contender.Session session, Observations observations)
                throws Exception {
            int end = load.firstOf(publisher + 1);
            for (int from = load.firstOf(publisher); from < end; from += batch) {
                int to = Math.min(from + batch, end);
                observations.started(from, to, observations.now());
                session.publish(from, to);
                observations.published(from, to);
            }
        }

        @Override
        public long leadInNanos(Load load) {
            return 0;
        }
    }

    /// Events fall due one by one at even distances, whatever becomes of those before; a publisher takes what
    /// is due. An event was to be sent when it fell due: a stall counts for every event that it held up, which
    /// Gil Tene calls no coordinated omission.
    record OpenLoop(int eventsPerSecond) implements Pacing {
        @Override
        public void publish(int publisher, Load load, int batch, Contender.Session session, Observations observations)
                throws Exception {
            Schedule schedule = new Schedule(observations.now(), publisher, load, eventsPerSecond);
            int end = load.firstOf(publisher + 1);
            int from = load.firstOf(publisher);
            while (from < end) {
                long now = awaitDue(schedule.dueNanos(from), observations);
                int to = from;
                for (long due = schedule.dueNanos(to);
                        due <= now && to - from < batch;
                        due = to < end ? schedule.dueNanos(to) : Long.MAX_VALUE) {
                    observations.started(to, due);
                    to++;
                }
                session.publish(from, to);
                observations.published(from, to);
                from = to;
            }
        }

        /// The first tenth: a round begins with a new file or server, whose first connections and pages everybody
        /// waits for once and never again.
        @Override
        public long leadInNanos(Load load) {
            return TimeUnit.SECONDS.toNanos(load.events()) / eventsPerSecond / 10;
        }

        /// Sleeps; a generator that spins would take a core from what it measures. It wakes up late by the grain of the
        /// system's timers, some 60 µs, and that counts as latency too.
        private static long awaitDue(long dueNanos, Observations observations) {
            long now = observations.now();
            while (now < dueNanos) {
                if (Thread.currentThread().isInterrupted()) {
                    throw new BenchmarkException("interrupted");
                }
                LockSupport.parkNanos(dueNanos - now);
                now = observations.now();
            }
            return now;
        }
    }

    /// When the events of a publisher fall due: those of all publishers take turns.
    record Schedule(long startNanos, int publisher, Load load, int eventsPerSecond) {
        long dueNanos(int index) {
            long turn = (long) (index - load.firstOf(publisher)) * load.publishers() + publisher;
            return startNanos
                    + turn / eventsPerSecond * TimeUnit.SECONDS.toNanos(1)
                    + turn % eventsPerSecond * TimeUnit.SECONDS.toNanos(1) / eventsPerSecond;
        }
    }
}
