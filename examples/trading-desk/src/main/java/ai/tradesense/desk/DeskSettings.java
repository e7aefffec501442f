package ai.tradesense.desk;

import ai.tradesense.desk.prices.Bar;
import ai.tradesense.desk.prices.Prices;
import ai.tradesense.desk.prices.RandomWalk;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;

/// How a desk is run. Prices, seed and accounts determine the result; the others do not touch it.
///
/// @param prices the bars to trade through, oldest first
/// @param seed what the traders' strategies are drawn from
/// @param accounts how many traders there are, from 1 to [#MAX_ACCOUNTS]
/// @param pace how long a bar takes; zero means no longer than it must
/// @param run the prefix of every id, which tells the runs on one log apart: letters, digits, `-`, `_` and `.`
/// @param failures whether the notification worker fails on purpose: one dead letter and one retry
public record DeskSettings(List<Bar> prices, long seed, int accounts, Duration pace, String run, boolean failures) {
    /// The most traders: what is known of a run is remembered until its desk is closed.
    public static final int MAX_ACCOUNTS = 200;
    public static final long DEFAULT_SEED = 42;
    public static final int DEFAULT_ACCOUNTS = 20;

    /// How many bars are made up where no prices are given.
    public static final int DEFAULT_BARS = 2_000;

    private static final Pattern RUN = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final String FULL_SPEED = "max";
    private static final double MAX_BARS_PER_SECOND = 1_000_000;
    private static final double MIN_BARS_PER_SECOND = 0.001;

    public DeskSettings {
        prices = List.copyOf(prices);
        if (prices.isEmpty()) {
            throw new IllegalArgumentException("there are no prices, expected at least one bar");
        }
        if (accounts < 1 || accounts > MAX_ACCOUNTS) {
            throw new IllegalArgumentException("accounts is " + accounts + ", expected 1 to " + MAX_ACCOUNTS);
        }
        if (pace.isNegative()) {
            throw new IllegalArgumentException("pace is " + pace + ", expected zero or more");
        }
        if (!RUN.matcher(run).matches()) {
            throw new IllegalArgumentException(
                    "run is '" + run + "', expected 1 to 64 letters, digits, '-', '_' and '.'");
        }
        for (int i = 1; i < prices.size(); i++) {
            if (!prices.get(i).time().isAfter(prices.get(i - 1).time())) {
                throw new IllegalArgumentException(
                        "bar " + (i + 1) + " is of " + prices.get(i).time() + ", which is not after the bar before");
            }
        }
    }

    /// Defaults on prices that are at hand.
    public static DeskSettings of(List<Bar> prices) {
        return new DeskSettings(prices, DEFAULT_SEED, DEFAULT_ACCOUNTS, Duration.ZERO, "desk", true);
    }

    /// Defaults on the prices of a file.
    ///
    /// @throws ai.tradesense.desk.prices.PriceFileException if it has no good prices
    public static DeskSettings of(Path prices) {
        return of(Prices.read(prices));
    }

    /// Defaults on prices made up from a seed, which the traders get too.
    public static DeskSettings generated(long seed, int bars) {
        return of(RandomWalk.bars(seed, bars)).withSeed(seed);
    }

    public DeskSettings withSeed(long seed) {
        return new DeskSettings(prices, seed, accounts, pace, run, failures);
    }

    public DeskSettings withAccounts(int accounts) {
        return new DeskSettings(prices, seed, accounts, pace, run, failures);
    }

    /// How fast it goes: bars per second, or `max`.
    ///
    /// @throws IllegalArgumentException if it is neither
    public DeskSettings withSpeed(String speed) {
        return new DeskSettings(prices, seed, accounts, pace(speed), run, failures);
    }

    public DeskSettings withRun(String run) {
        return new DeskSettings(prices, seed, accounts, pace, run, failures);
    }

    public DeskSettings withoutFailures() {
        return new DeskSettings(prices, seed, accounts, pace, run, false);
    }

    private static Duration pace(String speed) {
        if (speed.equals(FULL_SPEED)) {
            return Duration.ZERO;
        }
        double barsPerSecond;
        try {
            barsPerSecond = Double.parseDouble(speed);
        } catch (NumberFormatException failure) {
            throw new IllegalArgumentException(
                    "speed is '" + speed + "', expected a number of bars per second, or max", failure);
        }
        if (!(barsPerSecond >= MIN_BARS_PER_SECOND && barsPerSecond <= MAX_BARS_PER_SECOND)) {
            throw new IllegalArgumentException("speed is " + speed + ", expected 0.001 to 1000000 bars per second");
        }
        return Duration.ofNanos(Math.round(1_000_000_000 / barsPerSecond));
    }
}
