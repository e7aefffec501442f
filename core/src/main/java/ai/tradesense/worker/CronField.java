package ai.tradesense.worker;

import java.util.List;
import java.util.Locale;

/// A field of a cron expression. What is in it is a set of numbers, of which bit `n` stands for `n`.
enum CronField {
    SECOND("second", 0, 59, ""),
    MINUTE("minute", 0, 59, ""),
    HOUR("hour", 0, 23, ""),
    DAY_OF_MONTH("day of the month", 1, 31, ""),
    MONTH("month", 1, 12, "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"),
    DAY_OF_WEEK("day of the week", 0, 7, "SUN MON TUE WED THU FRI SAT");

    private static final long SUNDAY = 1;
    private static final long SUNDAY_AGAIN = 1L << 7;

    private final String title;
    private final int min;
    private final int max;
    private final String names; // the first stands for min

    CronField(String title, int min, int max, String names) {
        this.title = title;
        this.min = min;
        this.max = max;
        this.names = names;
    }

    /// Every number that the field may have.
    long all() {
        return between(min, max, 1);
    }

    /// Whether a field's text leaves open what the other day says.
    static boolean isOpen(String text) {
        return text.startsWith("*") || text.equals("?");
    }

    /// Reads a field.
    ///
    /// @throws IllegalArgumentException saying what is wrong with it
    long parse(String text, String expression) {
        if (text.equals("?") && (this == DAY_OF_MONTH || this == DAY_OF_WEEK)) {
            return all();
        }
        long numbers = 0;
        for (String part : text.split(",", -1)) {
            numbers |= part(part, text, expression);
        }
        return numbers;
    }

    private long part(String part, String text, String expression) {
        int slash = part.indexOf('/');
        String range = slash < 0 ? part : part.substring(0, slash);
        int step = slash < 0 ? 1 : step(part.substring(slash + 1), text, expression);
        if (range.equals("*")) {
            return between(min, this == DAY_OF_WEEK ? max - 1 : max, step);
        }
        int dash = range.indexOf('-');
        if (dash < 0) {
            int from = value(range, text, expression);
            return between(from, slash < 0 ? from : max, step);
        }
        int from = value(range.substring(0, dash), text, expression);
        int to = value(range.substring(dash + 1), text, expression);
        if (this == DAY_OF_WEEK && to == 0 && from > 0) {
            to = 7; // a week that ends on Sunday, as in SAT-SUN
        }
        if (to < from) {
            throw wrong(text, expression, "whose range '" + range + "' runs backwards, expected the lower end first");
        }
        return between(from, to, step);
    }

    private long between(int from, int to, int step) {
        long numbers = 0;
        for (int number = from; number <= to; number += step) {
            numbers |= 1L << number;
        }
        boolean sundayAgain = this == DAY_OF_WEEK && (numbers & SUNDAY_AGAIN) != 0;
        return sundayAgain ? (numbers & ~SUNDAY_AGAIN) | SUNDAY : numbers;
    }

    private int step(String step, String text, String expression) {
        int number = number(step);
        if (number < 1 || number > max) {
            throw wrong(text, expression, "whose step is '" + step + "', expected 1 to " + max);
        }
        return number;
    }

    private int value(String value, String text, String expression) {
        int named = List.of(names.split(" ")).indexOf(value.toUpperCase(Locale.ROOT));
        int number = named >= 0 && !value.isEmpty() ? min + named : number(value);
        if (number < min || number > max) {
            String found = value.equals(text) ? "" : "with '" + value + "' in it, ";
            throw wrong(text, expression, found + "expected " + expected());
        }
        return number;
    }

    /// A number of one or two digits; -1 if it is none.
    private static int number(String text) {
        boolean digits = text.length() == 1 || text.length() == 2;
        for (int i = 0; digits && i < text.length(); i++) {
            digits = text.charAt(i) >= '0' && text.charAt(i) <= '9';
        }
        return digits ? Integer.parseInt(text) : -1;
    }

    private String expected() {
        return min + " to " + max
                + (names.isEmpty()
                        ? ""
                        : " or " + names.substring(0, 3) + " to " + names.substring(names.length() - 3));
    }

    private IllegalArgumentException wrong(String text, String expression, String what) {
        return new IllegalArgumentException("the " + title + " of '" + expression + "' is '" + text + "', " + what);
    }
}
