package ai.tradesense.catalog.rules;

import ai.tradesense.events.InvalidEventException;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Checks for the compact constructors of event records. Each takes the name of the component and its value, and
/// throws an [InvalidEventException] at `/data/{component}` that says what was expected and what was found.
public final class Rules {
    /// The longest text, in characters.
    public static final int MAX_TEXT = 255;

    /// The longest text of a component marked [LongText], in characters.
    public static final int MAX_LONG_TEXT = 2_000;

    /// The most decimal places of a decimal number.
    public static final int MAX_DECIMAL_PLACES = 18;

    /// Decimal numbers are smaller than this and larger than its negative.
    public static final BigDecimal DECIMAL_BOUND = new BigDecimal("1000000000000000000");

    private static final int MAX_SHOWN = 40;

    private Rules() {}

    /// A value that must be there.
    public static void required(String component, @Nullable Object value) {
        if (value == null) {
            throw missing(component);
        }
    }

    /// A text of 1 to [#MAX_TEXT] characters.
    public static void text(String component, @Nullable String value) {
        text(component, value, MAX_TEXT);
    }

    /// A text of 1 to [#MAX_LONG_TEXT] characters.
    public static void longText(String component, @Nullable String value) {
        text(component, value, MAX_LONG_TEXT);
    }

    private static void text(String component, @Nullable String value, int maxLength) {
        if (value == null) {
            throw missing(component);
        }
        if (value.isEmpty()) {
            throw problem(component, "is empty, expected at least 1 character");
        }
        // Like JSON Schema, characters are code points; counting them is only needed for text that looks too long.
        if (value.length() > maxLength && value.codePointCount(0, value.length()) > maxLength) {
            throw problem(component, "is longer than the " + maxLength + " characters allowed");
        }
    }

    /// A currency code: three capital letters.
    public static void currency(String component, @Nullable String value) {
        if (value == null) {
            throw missing(component);
        }
        boolean code = value.length() == 3;
        for (int i = 0; code && i < 3; i++) {
            code = value.charAt(i) >= 'A' && value.charAt(i) <= 'Z';
        }
        if (!code) {
            throw problem(component, "is " + shown(value) + ", expected a currency of three capital letters");
        }
    }

    /// An e-mail address, as far as one can tell from outside: something, an `@`, something without another.
    public static void email(String component, @Nullable String value) {
        text(component, value, MAX_TEXT);
        if (value != null) {
            int at = value.indexOf('@');
            if (at < 1 || at == value.length() - 1 || value.indexOf('@', at + 1) >= 0) {
                throw problem(component, "is " + shown(value) + ", expected an e-mail address");
            }
        }
    }

    /// A decimal number of either sign.
    public static void amount(String component, @Nullable BigDecimal value) {
        if (value == null) {
            throw missing(component);
        }
        // The order matters: a scale far from 0 makes comparing and printing expensive.
        if (value.scale() > MAX_DECIMAL_PLACES) {
            throw problem(
                    component,
                    "has " + value.scale() + " decimal places, at most " + MAX_DECIMAL_PLACES + " are allowed");
        }
        if (value.scale() < -MAX_DECIMAL_PLACES || value.abs().compareTo(DECIMAL_BOUND) >= 0) {
            throw problem(
                    component,
                    "is out of range, expected a number between -" + DECIMAL_BOUND + " and " + DECIMAL_BOUND);
        }
    }

    /// A decimal number greater than 0.
    public static void positive(String component, @Nullable BigDecimal value) {
        amount(component, value);
        if (value != null && value.signum() <= 0) {
            throw problem(component, "is " + value.toPlainString() + ", expected more than 0");
        }
    }

    /// A number greater than 0.
    public static void positive(String component, long value) {
        if (value <= 0) {
            throw problem(component, "is " + value + ", expected more than 0");
        }
    }

    /// A decimal number of 0 or more.
    public static void notNegative(String component, @Nullable BigDecimal value) {
        amount(component, value);
        if (value != null && value.signum() < 0) {
            throw problem(component, "is " + value.toPlainString() + ", expected 0 or more");
        }
    }

    /// A number of 0 or more.
    public static void notNegative(String component, long value) {
        if (value < 0) {
            throw problem(component, "is " + value + ", expected 0 or more");
        }
    }

    /// A decimal number no greater than a bound.
    public static void atMost(String component, BigDecimal value, int bound) {
        if (value.compareTo(BigDecimal.valueOf(bound)) > 0) {
            throw problem(component, "is " + value.toPlainString() + ", expected at most " + bound);
        }
    }

    /// A number no greater than a bound.
    public static void atMost(String component, long value, int bound) {
        if (value > bound) {
            throw problem(component, "is " + value + ", expected at most " + bound);
        }
    }

    /// A value that must be there because of `reason`.
    public static void present(String component, @Nullable Object value, String reason) {
        if (value == null) {
            throw problem(component, "is missing, expected one for " + reason);
        }
    }

    /// A value that must not be there because of `reason`.
    public static void absent(String component, @Nullable Object value, String reason) {
        if (value != null) {
            throw problem(component, "is " + shown(value.toString()) + ", expected none for " + reason);
        }
    }

    /// Two values of which neither goes without the other; the one that is missing is at fault.
    public static void together(String first, @Nullable Object one, String second, @Nullable Object other) {
        if (one == null && other != null) {
            throw problem(first, "is missing, expected one because there is a " + second);
        }
        if (one != null && other == null) {
            throw problem(second, "is missing, expected one because there is a " + first);
        }
    }

    /// A time that is no earlier than another.
    public static void notBefore(String component, Instant value, String earlier, Instant start) {
        if (value.isBefore(start)) {
            throw problem(component, "is " + value + ", which is before " + earlier + ", " + start);
        }
    }

    /// A decimal number no less than another.
    public static void notBelow(String component, BigDecimal value, String lower, BigDecimal bound) {
        if (value.compareTo(bound) < 0) {
            throw problem(
                    component,
                    "is " + value.toPlainString() + ", which is less than " + lower + ", " + bound.toPlainString());
        }
    }

    /// A number no greater than another.
    public static void notAbove(String component, long value, String upper, long bound) {
        if (value > bound) {
            throw problem(component, "is " + value + ", which is more than " + upper + ", " + bound);
        }
    }

    /// A step that comes after another.
    public static <E extends Enum<E>> void after(String component, E value, String earlier, E start) {
        if (value.compareTo(start) <= 0) {
            throw problem(component, "is " + value + ", which does not come after " + earlier + ", " + start);
        }
    }

    private static InvalidEventException missing(String component) {
        return problem(component, "is missing");
    }

    private static InvalidEventException problem(String component, String what) {
        return new InvalidEventException("/data/" + component, what);
    }

    private static String shown(String value) {
        return "'" + (value.length() > MAX_SHOWN ? value.substring(0, MAX_SHOWN) + "…" : value) + "'";
    }
}
