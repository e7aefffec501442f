package ai.tradesense.testkit.simulation;

import ai.tradesense.testkit.VirtualClock;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happened, step by step. A run keeps only a hash of it, which tells two runs apart; who wants to read it
/// runs the seed again with the steps written down.
final class Trace {
    /// How many steps around a subject are shown with a violation.
    static final int SHOWN = 60;

    private static final long PRIME = 0x100000001b3L; // of the hash FNV-1a

    private final VirtualClock clock;
    private final @Nullable List<Step> steps;
    private long hash = 0xcbf29ce484222325L;

    /// @param subject whose events it concerns; empty if it concerns all
    private record Step(Instant at, String who, String what, String subject) {
        @Override
        public String toString() {
            Duration since = Duration.between(VirtualClock.START, at);
            return "%10.3f s  %-16s %s".formatted(since.toNanos() / 1e9, who, what);
        }
    }

    private Trace(VirtualClock clock, @Nullable List<Step> steps) {
        this.clock = clock;
        this.steps = steps;
    }

    static Trace hashed(VirtualClock clock) {
        return new Trace(clock, null);
    }

    static Trace written(VirtualClock clock) {
        return new Trace(clock, new ArrayList<>());
    }

    /// Something that concerns every subject.
    void note(String who, String what) {
        note(who, what, "", "");
    }

    /// Something that happened to `about`, which is of a subject.
    void note(String who, String what, String about, String subject) {
        Instant now = clock.instant();
        hash = (hash ^ who.hashCode()) * PRIME;
        hash = (hash ^ what.hashCode()) * PRIME;
        hash = (hash ^ about.hashCode()) * PRIME;
        hash = (hash ^ now.getEpochSecond() ^ ((long) now.getNano() << 32)) * PRIME;
        if (steps != null) {
            steps.add(new Step(now, who, about.isEmpty() ? what : what + " " + about, subject));
        }
    }

    /// The same for two runs exactly if they were the same, but for an accident of 1 in 2^64.
    long hash() {
        return hash;
    }

    /// Everything, a line for each step.
    String whole() {
        return render(steps == null ? List.of() : steps);
    }

    /// The last steps that concern a subject or all.
    String around(String subject) {
        if (steps == null) {
            return "";
        }
        List<Step> concerned = steps.stream()
                .filter(step -> step.subject.isEmpty() || subject.isEmpty() || step.subject.equals(subject))
                .toList();
        return render(concerned.subList(Math.max(0, concerned.size() - SHOWN), concerned.size()));
    }

    private static String render(List<Step> steps) {
        StringBuilder text = new StringBuilder();
        steps.forEach(step -> text.append(step).append('\n'));
        return text.toString();
    }
}
