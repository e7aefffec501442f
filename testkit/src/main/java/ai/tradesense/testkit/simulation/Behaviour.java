package ai.tradesense.testkit.simulation;

import java.time.Duration;
import java.util.Random;

/// What a handler does with one event: the same in every attempt on whatever instance, as it follows from the seed, the
/// group and the event.
///
/// @param failingAttempts attempts up to this number fail
/// @param failure how they fail
/// @param before how long a handler takes until it has its effect
/// @param after how long it takes from there
/// @param causes how many events it publishes before that
/// @param isConfusing whether the filter fails on it, once
record Behaviour(
        int failingAttempts, Failing failure, Duration before, Duration after, int causes, boolean isConfusing) {
    /// How a handler fails.
    enum Failing {
        TRANSIENTLY,
        FOR_GOOD,
        AS_POISON,
        /// The process dies of it.
        KILLING
    }

    /// Never stops to fail.
    static final int ALWAYS = 1_000;

    static Behaviour of(long seed, Rates rates, boolean killers, GroupSettings group, String eventId) {
        Random random = new Random(seed * 0x9E3779B97F4A7C15L + group.worker().hashCode() * 31L + eventId.hashCode());
        random.nextInt(); // similar seeds begin alike
        int failing = 0;
        Failing failure = Failing.TRANSIENTLY;
        int dice = random.nextInt(100);
        if (dice < rates.failingPercent()) {
            failing = 1 + random.nextInt(group.maxRetries() + 1);
        } else if (dice < rates.failingPercent() + rates.poisonousPercent()) {
            failing = ALWAYS;
            Failing[] possible = Failing.values();
            failure = possible[random.nextInt(killers ? possible.length : possible.length - 1)];
        }
        boolean slow = random.nextInt(100) < rates.slowPercent();
        Duration before = slow ? Duration.ofMillis(1 + random.nextInt(rates.slowest())) : Duration.ZERO;
        Duration after = slow && random.nextInt(3) == 0 ? Duration.ofMillis(1 + random.nextInt(20)) : Duration.ZERO;
        int causes = group.causing() && random.nextInt(4) == 0 ? 1 + random.nextInt(2) : 0;
        boolean confusing = random.nextInt(100) < rates.failingPercent() / 4;
        return new Behaviour(failing, failure, before, after, causes, confusing);
    }

    /// How often handlers misbehave in a run, each in percent of the events.
    ///
    /// @param slowest the longest time that one takes, in milliseconds
    record Rates(int failingPercent, int poisonousPercent, int slowPercent, int slowest) {}
}
