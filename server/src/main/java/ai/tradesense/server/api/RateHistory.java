package ai.tradesense.server.api;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// What was counted at each of the last beats, and the rates that follow. Safe for use by several threads.
final class RateHistory {
    /// How many intervals are remembered.
    static final int REMEMBERED = 120;
    /// Over how many of them a present rate is taken.
    private static final int PRESENT = 5;

    private final ArrayDeque<Count> counts = new ArrayDeque<>();

    /// What a worker has done since it was registered.
    record Done(long processed, long failed) {
        static final Done NOTHING = new Done(0, 0);

        private Done plus(Done other) {
            return new Done(processed + other.processed, failed + other.failed);
        }

        /// A worker that was registered anew has counted from nothing again.
        private Done since(Done earlier) {
            return processed < earlier.processed || failed < earlier.failed
                    ? this
                    : new Done(processed - earlier.processed, failed - earlier.failed);
        }
    }

    /// The numbers at one beat.
    ///
    /// @param head the position of the newest event
    record Count(Instant at, long head, Map<String, Done> byWorker) {
        private Done of(String worker) {
            return byWorker.getOrDefault(worker, Done.NOTHING);
        }

        private Done doneSince(Count earlier) {
            Done sum = Done.NOTHING;
            for (Map.Entry<String, Done> worker : byWorker.entrySet()) {
                sum = sum.plus(worker.getValue().since(earlier.of(worker.getKey())));
            }
            return sum;
        }

        /// The clock may have been set back in between.
        private double perSecond(long number, Count earlier) {
            double seconds = Duration.between(earlier.at, at).toNanos() / 1e9;
            return seconds > 0 ? Math.round(number / seconds * 100) / 100.0 : 0;
        }
    }

    /// How fast one worker is, or all of them.
    record Rates(double processedPerSecond, double failedPerSecond) {}

    /// How fast everything was, interval by interval, oldest first.
    record Course(List<Double> publishedPerSecond, List<Double> processedPerSecond) {}

    synchronized void add(Count count) {
        counts.addLast(count);
        if (counts.size() > REMEMBERED + 1) {
            counts.removeFirst();
        }
    }

    double publishedPerSecond() {
        List<Count> present = present();
        return present.isEmpty()
                ? 0
                : present.getLast()
                        .perSecond(present.getLast().head() - present.getFirst().head(), present.getFirst());
    }

    Rates allWorkers() {
        List<Count> present = present();
        return present.isEmpty()
                ? new Rates(0, 0)
                : rates(present, present.getLast().doneSince(present.getFirst()));
    }

    Rates worker(String name) {
        List<Count> present = present();
        return present.isEmpty()
                ? new Rates(0, 0)
                : rates(
                        present,
                        present.getLast().of(name).since(present.getFirst().of(name)));
    }

    private static Rates rates(List<Count> present, Done done) {
        Count first = present.getFirst();
        Count last = present.getLast();
        return new Rates(last.perSecond(done.processed(), first), last.perSecond(done.failed(), first));
    }

    Course course() {
        List<Count> all = all();
        List<Double> published = new ArrayList<>();
        List<Double> processed = new ArrayList<>();
        for (int i = 1; i < all.size(); i++) {
            Count earlier = all.get(i - 1);
            Count later = all.get(i);
            published.add(later.perSecond(later.head() - earlier.head(), earlier));
            processed.add(later.perSecond(later.doneSince(earlier).processed(), earlier));
        }
        return new Course(published, processed);
    }

    private List<Count> present() {
        List<Count> all = all();
        return all.subList(Math.max(0, all.size() - 1 - PRESENT), all.size());
    }

    private synchronized List<Count> all() {
        return List.copyOf(counts);
    }
}
