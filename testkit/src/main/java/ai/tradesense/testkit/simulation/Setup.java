package ai.tradesense.testkit.simulation;

import ai.tradesense.bus.Limits;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.parking.Followers;
import ai.tradesense.retry.BreakerPolicy;
import ai.tradesense.testkit.simulation.Behaviour.Rates;
import ai.tradesense.testkit.simulation.GroupSettings.Kind;
import ai.tradesense.worker.Schedule;
import ai.tradesense.worker.ScheduledTick;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/// What a seed's run consists of.
///
/// @param filtersDuplicates whether the broker recognises events that it is sent again
/// @param settlesRecords whether the broker remembers which records are settled, or only a position
/// @param capacity how many events the slowest group may be behind before publishers wait
/// @param unrest for how long things go wrong
/// @param kills how many instances are killed in that time, not counting those that die in the middle of a call
/// @param stops how many are stopped in good order
/// @param moves how often partitions are shared out anew
/// @param pauses how often a worker is paused for a while
/// @param interventions how often an operator changes dead letters
record Setup(
        int partitions,
        int instances,
        int publishers,
        int subjects,
        int events,
        boolean filtersDuplicates,
        boolean settlesRecords,
        int capacity,
        Duration unrest,
        int kills,
        int stops,
        int moves,
        int pauses,
        int interventions,
        Rates rates,
        Limits limits,
        List<GroupSettings> groups) {
    static Setup of(Random random, Set<Hazard> hazards) {
        List<GroupSettings> groups = new ArrayList<>(List.of(
                        settings("desk", random, true, kind(random), "Trading.*"),
                        settings("risk", random, false, kind(random), "Risk.*", "Trading.Order.Filled.v1"),
                        settings("audit", random, false, kind(random), "*"))
                .subList(0, 1 + random.nextInt(3)));
        Duration unrest = Duration.ofSeconds(2 + random.nextInt(13));
        if (random.nextInt(3) == 0) {
            groups.add(settings("clock", random, false, new Kind.Scheduled(ticks(random, unrest)), ScheduledTick.TYPE));
        }
        boolean holds = groups.stream().anyMatch(GroupSettings::holds);
        int maxParked = holds || !hazards.contains(Hazard.FULL_PARKING) ? 100_000 : 1 + random.nextInt(20);
        return new Setup(
                1 + random.nextInt(4),
                1 + random.nextInt(3),
                1 + random.nextInt(2),
                2 + random.nextInt(5),
                20 + random.nextInt(50),
                random.nextBoolean(),
                random.nextBoolean(),
                random.nextInt(3) == 0 ? 4 + random.nextInt(10) : 1_000_000,
                unrest,
                most(random, 4),
                most(random, 3),
                most(random, 8),
                most(random, 4),
                hazards.contains(Hazard.OPERATORS) ? 1 + random.nextInt(6) : 0,
                new Rates(most(random, 40), most(random, 20), most(random, 40), 1 + random.nextInt(300)),
                new Limits(1_024, 100, 1 + random.nextInt(16), 1 + random.nextInt(8), maxParked),
                groups);
    }

    /// Ticks every so many seconds of the unrest, which is the first minute of the clock, and not again for a year.
    private static Schedule ticks(Random random, Duration unrest) {
        return Schedule.cron("1-%d/%d 0 9 5 1 *".formatted(unrest.toSeconds(), 1 + random.nextInt(3)), ZoneOffset.UTC);
    }

    private static Kind kind(Random random) {
        return random.nextInt(3) == 0
                ? new Kind.Batch(1 + random.nextInt(8), Duration.ofMillis(1 + random.nextInt(400)))
                : new Kind.RealTime();
    }

    /// None in half of the cases.
    private static int most(Random random, int most) {
        return random.nextBoolean() ? 0 : 1 + random.nextInt(most);
    }

    private static GroupSettings settings(
            String worker, Random random, boolean causing, Kind kind, String... patterns) {
        return new GroupSettings(
                worker,
                TypeFilter.of(patterns),
                1 + random.nextInt(3),
                random.nextInt(4),
                Duration.ofMillis(50 + random.nextInt(1_000)),
                random.nextInt(3) == 0 ? Followers.HOLD : Followers.RELEASE,
                breaker(random),
                causing,
                kind);
    }

    /// Often one that opens easily.
    private static BreakerPolicy breaker(Random random) {
        return switch (random.nextInt(3)) {
            case 0 -> BreakerPolicy.NEVER;
            case 1 -> BreakerPolicy.DEFAULT;
            default ->
                new BreakerPolicy(
                        1 + random.nextInt(4),
                        0.1 + random.nextDouble() * 0.9,
                        1 + random.nextInt(10),
                        1,
                        Duration.ofMillis(1 + random.nextInt(3_000)),
                        1 + random.nextInt(3));
        };
    }
}
