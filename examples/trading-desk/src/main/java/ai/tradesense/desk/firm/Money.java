package ai.tradesense.desk.firm;

import java.math.BigDecimal;
import java.math.RoundingMode;

/// How the desk counts: US dollars to the cent, prices of `EURUSD`, sizes in lots of 100,000 euros.
public final class Money {
    public static final String CURRENCY = "USD";
    public static final String INSTRUMENT = "EURUSD";

    public static final BigDecimal UNITS_PER_LOT = BigDecimal.valueOf(100_000);
    public static final BigDecimal COMMISSION_PER_LOT = new BigDecimal("3.50");
    public static final int PRICE_SCALE = 5;
    public static final int AVERAGE_PRICE_SCALE = 8;

    private static final int CENTS = 2;
    private static final int PERCENT_SCALE = 4;
    private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

    private Money() {}

    /// An amount to the cent.
    public static BigDecimal rounded(BigDecimal amount) {
        return amount.setScale(CENTS, RoundingMode.HALF_EVEN);
    }

    /// How many percent of `whole` a `part` is, to four places; what is finer is cut off, so that a limit counts as
    /// reached only when it was.
    public static BigDecimal percent(BigDecimal part, BigDecimal whole) {
        return part.multiply(HUNDRED).divide(whole, PERCENT_SCALE, RoundingMode.DOWN);
    }

    /// How many percent of `whole` are lost when `now` is left of it: 0 if nothing is, 100 if there was nothing to
    /// lose.
    public static BigDecimal loss(BigDecimal whole, BigDecimal now) {
        return whole.signum() > 0 ? percent(whole.subtract(now).max(BigDecimal.ZERO), whole) : HUNDRED;
    }

    public static BigDecimal commission(BigDecimal lots) {
        return rounded(COMMISSION_PER_LOT.multiply(lots));
    }

    public static BigDecimal price(double price) {
        return new BigDecimal(price).setScale(PRICE_SCALE, RoundingMode.HALF_EVEN);
    }
}
