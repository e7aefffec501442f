package ai.tradesense.desk.trader;

import ai.tradesense.desk.prices.Bar;

/// What traders see: the latest bars, as far back as [#MEMORY]. Indicators are doubles: traders guess, only the
/// book counts. Not for use by several threads.
public final class Market {
    /// How many bars are remembered.
    public static final int MEMORY = 256;

    private final double[] highs = new double[MEMORY];
    private final double[] lows = new double[MEMORY];
    private final double[] closes = new double[MEMORY];
    private int bars;

    /// The newest bar, now over.
    public void add(Bar bar) {
        int slot = bars % MEMORY;
        highs[slot] = bar.high().doubleValue();
        lows[slot] = bar.low().doubleValue();
        closes[slot] = bar.close().doubleValue();
        bars++;
    }

    /// Whether there are `count` bars to look back at.
    boolean remembers(int count) {
        return count <= Math.min(bars, MEMORY);
    }

    /// The close of the newest bar, or of one `back` bars before.
    double close(int back) {
        return closes[slot(back)];
    }

    /// The mean of the last closes.
    double mean(int count) {
        double sum = 0;
        for (int back = 0; back < count; back++) {
            sum += closes[slot(back)];
        }
        return sum / count;
    }

    /// The standard deviation of the last closes.
    double deviation(int count) {
        double mean = mean(count);
        double sum = 0;
        for (int back = 0; back < count; back++) {
            double difference = closes[slot(back)] - mean;
            sum += difference * difference;
        }
        return Math.sqrt(sum / count);
    }

    /// The mean distance from low to high of the last bars.
    double range(int count) {
        double sum = 0;
        for (int back = 0; back < count; back++) {
            sum += highs[slot(back)] - lows[slot(back)];
        }
        return sum / count;
    }

    /// The highest price of the bars before the newest.
    double highestBefore(int count) {
        double highest = Double.NEGATIVE_INFINITY;
        for (int back = 1; back <= count; back++) {
            highest = Math.max(highest, highs[slot(back)]);
        }
        return highest;
    }

    /// The lowest price of the bars before the newest.
    double lowestBefore(int count) {
        double lowest = Double.POSITIVE_INFINITY;
        for (int back = 1; back <= count; back++) {
            lowest = Math.min(lowest, lows[slot(back)]);
        }
        return lowest;
    }

    private int slot(int back) {
        if (!remembers(back + 1)) {
            throw new IllegalArgumentException(
                    "asked for " + back + " bars back, there are " + bars + ", of which " + MEMORY + " are remembered");
        }
        return (bars - 1 - back) % MEMORY;
    }
}
