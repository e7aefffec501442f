package ai.tradesense.desk.prices;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// Makes up hourly bars: a geometric random walk whose drift changes every few days, so that there are trends to
/// follow and ranges to fade. No bars on Saturdays and Sundays. The same seed gives the same bars on every machine:
/// [Random] and [StrictMath] promise their results to the last bit.
public final class RandomWalk {
    private static final Instant START = Instant.parse("2024-01-01T00:00:00Z");
    private static final Duration BAR = Duration.ofHours(1);
    private static final double FIRST_PRICE = 1.1;
    private static final int TICKS = 4;
    private static final double TICK_VOLATILITY = 0.0005;
    private static final double DRIFT_VOLATILITY = 0.00004;
    private static final int BARS_PER_DRIFT = 96;
    private static final int PRICE_SCALE = 5;

    private final Random random;
    private double price = FIRST_PRICE;
    private double drift;

    private RandomWalk(long seed) {
        this.random = new Random(seed);
    }

    /// Bars made from a seed.
    ///
    /// @throws IllegalArgumentException if `count` is not from 1 to [Prices#MAX_BARS]
    public static List<Bar> bars(long seed, int count) {
        if (count < 1 || count > Prices.MAX_BARS) {
            throw new IllegalArgumentException("count is " + count + ", expected 1 to " + Prices.MAX_BARS);
        }
        RandomWalk walk = new RandomWalk(seed);
        List<Bar> bars = new ArrayList<>(count);
        Instant time = START;
        while (bars.size() < count) {
            DayOfWeek day = time.atOffset(ZoneOffset.UTC).getDayOfWeek();
            if (day != DayOfWeek.SATURDAY && day != DayOfWeek.SUNDAY) {
                bars.add(walk.next(time, bars.size()));
            }
            time = time.plus(BAR);
        }
        return List.copyOf(bars);
    }

    private Bar next(Instant time, int number) {
        if (number % BARS_PER_DRIFT == 0) {
            drift = random.nextGaussian() * DRIFT_VOLATILITY;
        }
        BigDecimal open = rounded();
        BigDecimal high = open;
        BigDecimal low = open;
        BigDecimal close = open;
        for (int tick = 0; tick < TICKS; tick++) {
            price *= StrictMath.exp(drift + TICK_VOLATILITY * random.nextGaussian());
            close = rounded();
            high = high.max(close);
            low = low.min(close);
        }
        return new Bar(time, open, high, low, close, BigDecimal.valueOf(500L + random.nextInt(4_000)));
    }

    private BigDecimal rounded() {
        return new BigDecimal(price).setScale(PRICE_SCALE, RoundingMode.HALF_EVEN);
    }
}
