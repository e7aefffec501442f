package ai.tradesense.retention;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// For how long events are kept, by their domain. The age of an event counts from when it was recorded, not from
/// when it happened: who publishes cannot have an event removed early, nor keep it for ever.
///
/// @param ages how old the events of a domain become
/// @param forever domains whose events are never removed
/// @param otherwise how old the events of all other domains become; null keeps them for ever
public record RetentionPolicy(
        Map<String, Duration> ages,
        Set<String> forever,
        @Nullable Duration otherwise) {
    /// Nothing is ever removed.
    public static final RetentionPolicy KEEP_EVERYTHING = new RetentionPolicy(Map.of(), Set.of(), null);

    public RetentionPolicy {
        ages = Map.copyOf(ages);
        forever = Set.copyOf(forever);
        ages.forEach(RetentionPolicy::requirePositive);
        if (otherwise != null) {
            requirePositive("other domains", otherwise);
        }
        for (String domain : forever) {
            if (ages.containsKey(domain)) {
                throw new IllegalArgumentException(
                        "events of " + domain + " are kept for ever and for " + ages.get(domain));
            }
        }
    }

    private static void requirePositive(String domain, Duration age) {
        if (age.isNegative() || age.isZero()) {
            throw new IllegalArgumentException("events of " + domain + " are kept for " + age + ", expected above 0");
        }
    }

    /// The same, with an age for one more domain.
    public RetentionPolicy with(String domain, Duration age) {
        Map<String, Duration> more = new TreeMap<>(ages);
        more.put(domain, age);
        return new RetentionPolicy(more, forever, otherwise);
    }

    /// Whether nothing is ever removed.
    public boolean keepsEverything() {
        return ages.isEmpty() && otherwise == null;
    }

    /// What this means at some moment.
    public Cutoffs at(Instant now) {
        return new Cutoffs(this, now);
    }

    /// In words that are the same for the same policy: `Trading=PT48H Risk=forever default=PT24H`.
    @Override
    public String toString() {
        Stream<String> byDomain = Stream.concat(
                new TreeMap<>(ages).entrySet().stream().map(age -> age.getKey() + "=" + age.getValue()),
                new TreeSet<>(forever).stream().map(domain -> domain + "=forever"));
        return Stream.concat(byDomain, Stream.of("default=" + (otherwise == null ? "forever" : otherwise)))
                .collect(Collectors.joining(" "));
    }

    /// A policy at one moment: what was recorded before is old enough to go.
    public record Cutoffs(RetentionPolicy policy, Instant now) {
        /// Events of a domain that were recorded before this may go; empty if none may.
        public Optional<Instant> of(String domain) {
            Duration age = policy.ages.get(domain);
            if (age == null && !policy.forever.contains(domain)) {
                age = policy.otherwise;
            }
            return Optional.ofNullable(age).map(this::before);
        }

        /// What was recorded after this stays, whatever its domain; empty if everything does.
        public Optional<Instant> newest() {
            return Stream.concat(policy.ages.values().stream(), Stream.ofNullable(policy.otherwise))
                    .map(this::before)
                    .max(Instant::compareTo);
        }

        private Instant before(Duration age) {
            try {
                return now.minus(age);
            } catch (DateTimeException | ArithmeticException beyond) {
                return Instant.MIN;
            }
        }
    }
}
