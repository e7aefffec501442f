package ai.tradesense.desk.trader;

import ai.tradesense.catalog.trading.Side;
import java.math.BigDecimal;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Several kinds of traders; each takes its parameters from a seed, so that no two are quite alike.
final class Strategies {
    private static final int RANGE_BARS = 24;

    private Strategies() {}

    /// The strategy of the trader with a number, from 0.
    static Strategy of(int number, Random random) {
        return switch (number % 5) {
            case 0 -> new Trend(random);
            case 1 -> new Reversion(random);
            case 2 -> new Breakout(random);
            case 3 -> new Gamble(random);
            default -> new Swing(random);
        };
    }

    private static BigDecimal lots(Random random, int leastHundredths, int mostHundredths) {
        return BigDecimal.valueOf(leastHundredths + random.nextInt(mostHundredths - leastHundredths + 1), 2);
    }

    /// Follows a trend: in when a fast mean crosses a slow one, out when it crosses back; the stop loss follows.
    private static final class Trend implements Strategy {
        private final int fast;
        private final int slow;
        private final BigDecimal lots;

        Trend(Random random) {
            fast = 6 + random.nextInt(10);
            slow = 3 * fast + random.nextInt(20);
            lots = lots(random, 60, 200);
        }

        @Override
        public String name() {
            return "trend";
        }

        @Override
        public Decision decide(Market market, @Nullable Position position) {
            if (!market.remembers(slow)) {
                return Decision.WAIT;
            }
            boolean rising = market.mean(fast) > market.mean(slow);
            double range = market.range(RANGE_BARS);
            if (position == null) {
                boolean confirmed = rising == (market.close(0) > market.close(fast));
                return confirmed
                        ? new Decision.Enter(rising ? Side.BUY : Side.SELL, lots, 5 * range, 0)
                        : Decision.WAIT;
            }
            if (position.isLong() != rising) {
                return Decision.EXIT;
            }
            return Stops.follow(position, market.close(0), 6 * range, range);
        }
    }

    /// Expects prices to return: a limit order far from the mean, out at the mean.
    private static final class Reversion implements Strategy {
        private final int bars;
        private final double distance;
        private final BigDecimal lots;

        Reversion(Random random) {
            bars = 30 + random.nextInt(40);
            distance = 1.6 + random.nextInt(9) / 10.0;
            lots = lots(random, 80, 240);
        }

        @Override
        public String name() {
            return "reversion";
        }

        @Override
        public Decision decide(Market market, @Nullable Position position) {
            if (!market.remembers(bars)) {
                return Decision.WAIT;
            }
            double mean = market.mean(bars);
            double deviation = market.deviation(bars);
            double close = market.close(0);
            if (position != null) {
                boolean home = position.isLong() ? close >= mean : close <= mean;
                return home ? Decision.EXIT : Decision.WAIT;
            }
            double away = close - mean;
            if (Math.abs(away) < distance * deviation) {
                return Decision.WAIT;
            }
            double further = 0.25 * deviation;
            return away < 0
                    ? new Decision.EnterAt(Side.BUY, lots, close - further, 2 * deviation, 2 * deviation, 6)
                    : new Decision.EnterAt(Side.SELL, lots, close + further, 2 * deviation, 2 * deviation, 6);
        }
    }

    /// Buys above the highest price of some time, sells below the lowest, and adds to what goes well.
    private static final class Breakout implements Strategy {
        private static final int MOST_ADDITIONS = 2;

        private final int bars;
        private final BigDecimal lots;

        Breakout(Random random) {
            bars = 24 + random.nextInt(72);
            lots = lots(random, 50, 150);
        }

        @Override
        public String name() {
            return "breakout";
        }

        @Override
        public Decision decide(Market market, @Nullable Position position) {
            if (!market.remembers(bars + 1)) {
                return Decision.WAIT;
            }
            double close = market.close(0);
            double range = market.range(RANGE_BARS);
            if (position == null) {
                if (close > market.highestBefore(bars)) {
                    return new Decision.Enter(Side.BUY, lots, 6 * range, 24 * range);
                }
                return close < market.lowestBefore(bars)
                        ? new Decision.Enter(Side.SELL, lots, 6 * range, 24 * range)
                        : Decision.WAIT;
            }
            double gain = close - position.averagePrice().doubleValue();
            if (!position.isLong()) {
                gain = -gain;
            }
            if (gain > 3 * range && position.additions() < MOST_ADDITIONS) {
                return new Decision.Add(lots);
            }
            return gain > 6 * range ? Stops.follow(position, close, 5 * range, range) : Decision.WAIT;
        }
    }

    /// Bets on a coin, too much and with a stop loss too far away.
    private static final class Gamble implements Strategy {
        private final Random random;
        private final int oneIn;
        private final BigDecimal lots;

        Gamble(Random random) {
            this.random = random;
            oneIn = 8 + random.nextInt(24);
            lots = lots(random, 500, 1_300);
        }

        @Override
        public String name() {
            return "gamble";
        }

        @Override
        public Decision decide(Market market, @Nullable Position position) {
            int coin = random.nextInt(2 * oneIn);
            if (!market.remembers(RANGE_BARS)) {
                return Decision.WAIT;
            }
            double range = market.range(RANGE_BARS);
            if (position != null) {
                return coin == 0 ? Decision.EXIT : Decision.WAIT;
            }
            return switch (coin) {
                case 0 -> new Decision.Enter(Side.BUY, lots, 8 * range, 8 * range);
                case 1 -> new Decision.Enter(Side.SELL, lots, 8 * range, 8 * range);
                default -> Decision.WAIT;
            };
        }
    }

    /// Trades little, for days, in the direction of the last weeks.
    private static final class Swing implements Strategy {
        private final int bars;
        private final int patience;
        private final BigDecimal lots;
        private int waited;

        Swing(Random random) {
            bars = 120 + random.nextInt(100);
            patience = 20 + random.nextInt(40);
            lots = lots(random, 100, 250);
        }

        @Override
        public String name() {
            return "swing";
        }

        @Override
        public Decision decide(Market market, @Nullable Position position) {
            waited++;
            if (!market.remembers(bars) || waited < patience) {
                return Decision.WAIT;
            }
            waited = 0;
            boolean rising = market.close(0) > market.mean(bars);
            if (position == null) {
                double range = market.range(RANGE_BARS);
                return new Decision.Enter(rising ? Side.BUY : Side.SELL, lots, 10 * range, 20 * range);
            }
            return position.isLong() == rising ? Decision.WAIT : Decision.EXIT;
        }
    }

    /// Moves stop losses.
    private static final class Stops {
        private Stops() {}

        /// Keeps the stop loss at a distance behind the price, in steps, and never further away than it was.
        static Decision follow(Position position, double close, double distance, double step) {
            BigDecimal stop = position.stopLoss();
            if (stop == null) {
                return Decision.WAIT;
            }
            double wanted = position.isLong() ? close - distance : close + distance;
            double better = position.isLong() ? wanted - stop.doubleValue() : stop.doubleValue() - wanted;
            return better >= step ? new Decision.Tighten(wanted) : Decision.WAIT;
        }
    }
}
