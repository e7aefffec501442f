package ai.tradesense.desk.prices;

import java.math.BigDecimal;
import java.time.Instant;

/// The prices of one period, for example an hour.
///
/// @param time when the period began
/// @param open the first price
/// @param high the highest price
/// @param low the lowest price
/// @param close the last price
/// @param volume how much was traded
public record Bar(Instant time, BigDecimal open, BigDecimal high, BigDecimal low, BigDecimal close, BigDecimal volume) {
    public Bar {
        if (low.signum() <= 0) {
            throw new IllegalArgumentException("low is " + low + ", expected more than 0");
        }
        if (high.compareTo(open.max(close).max(low)) < 0) {
            throw new IllegalArgumentException("high is " + high + ", which is below another price of the bar");
        }
        if (low.compareTo(open.min(close)) > 0) {
            throw new IllegalArgumentException("low is " + low + ", which is above another price of the bar");
        }
        if (volume.signum() < 0) {
            throw new IllegalArgumentException("volume is " + volume + ", expected 0 or more");
        }
    }
}
