package ai.tradesense.events;

import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;

/// Instants as RFC 3339 text and back, several times as fast as the formatters of `java.time`, which every event
/// would pay for. Dates are those of the Gregorian calendar in the years 0000 to 9999.
public final class Rfc3339 {
    /// The first instant that can be written.
    public static final Instant MIN = Instant.parse("0000-01-01T00:00:00Z");

    /// The last instant that can be written.
    public static final Instant MAX = Instant.parse("9999-12-31T23:59:59.999999999Z");

    /// The longest text that [#write] makes, in bytes.
    public static final int MAX_LENGTH = "2026-01-31T09:30:00.123456789Z".length();

    private static final int SECONDS_OF_DAY = 86_400;
    private static final int MAX_FRACTION_DIGITS = 9;
    private static final String FORM = "expected a form like 2026-01-31T09:30:00.5Z or 2026-01-31T10:30:00+01:00";

    private Rfc3339() {}

    /// The time in UTC with as many digits as it needs, in groups of three: `2026-01-31T09:30:00.500Z`.
    ///
    /// @throws InvalidEventException if it lies outside the years 0000 to 9999; its pointer is empty
    public static String format(Instant time) {
        byte[] ascii = new byte[MAX_LENGTH];
        return new String(ascii, 0, write(time, ascii, 0), StandardCharsets.ISO_8859_1);
    }

    /// Writes what [#format] gives as ASCII into `target`, where [#MAX_LENGTH] bytes are free from `start` on.
    ///
    /// @return the index after the last byte written
    /// @throws InvalidEventException if it lies outside the years 0000 to 9999; its pointer is empty
    public static int write(Instant time, byte[] target, int start) {
        requireWritable(time);
        long seconds = time.getEpochSecond();
        LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(seconds, SECONDS_OF_DAY));
        int second = Math.floorMod(seconds, SECONDS_OF_DAY);
        writeTwo(date.getYear() / 100, target, start);
        writeTwo(date.getYear() % 100, target, start + 2);
        target[start + 4] = '-';
        writeTwo(date.getMonthValue(), target, start + 5);
        target[start + 7] = '-';
        writeTwo(date.getDayOfMonth(), target, start + 8);
        target[start + 10] = 'T';
        writeTwo(second / 3_600, target, start + 11);
        target[start + 13] = ':';
        writeTwo(second / 60 % 60, target, start + 14);
        target[start + 16] = ':';
        writeTwo(second % 60, target, start + 17);
        int end = writeFraction(time.getNano(), target, start + 19);
        target[end] = 'Z';
        return end + 1;
    }

    private static void writeTwo(int number, byte[] target, int at) {
        target[at] = (byte) ('0' + number / 10);
        target[at + 1] = (byte) ('0' + number % 10);
    }

    private static int writeFraction(int nanos, byte[] target, int start) {
        if (nanos == 0) {
            return start;
        }
        int digits = nanos % 1_000_000 == 0 ? 3 : nanos % 1_000 == 0 ? 6 : MAX_FRACTION_DIGITS;
        int rest = digits == 3 ? nanos / 1_000_000 : digits == 6 ? nanos / 1_000 : nanos;
        target[start] = '.';
        for (int at = start + digits; at > start; at--) {
            target[at] = (byte) ('0' + rest % 10);
            rest /= 10;
        }
        return start + 1 + digits;
    }

    static void requireWritable(Instant time) {
        if (time.isBefore(MIN) || time.isAfter(MAX)) {
            throw new InvalidEventException("", "is " + time + ", expected a time in the years 0000 to 9999");
        }
    }

    /// Reads a time with its offset, strictly by the grammar of RFC 3339, section 5.6: `t` and `z` may be small
    /// letters, a blank may not stand for the `T`. Up to nine digits of a second are kept, more are refused
    /// rather than rounded.
    ///
    /// A leap second, which RFC 3339 has only as the last second of a month in UTC, is read as the second
    /// before it, as [java.time.format.DateTimeFormatter#ISO_INSTANT] does: `23:59:60.5Z` as `23:59:59.5Z`.
    ///
    /// @throws InvalidEventException saying what is wrong; its pointer is empty
    public static Instant parse(String text) {
        if (text.length() < "2026-01-31".length()) {
            throw wrong(text, "");
        }
        int year = number(text, 0, 4);
        int month = number(text, 5, 2);
        int day = number(text, 8, 2);
        if (year < 0 || month < 0 || day < 0 || text.charAt(4) != '-' || text.charAt(7) != '-') {
            throw wrong(text, "it does not begin with a date such as 2026-01-31");
        }
        if (text.length() == "2026-01-31".length()) {
            throw wrong(text, "it has no time of day");
        }
        if (text.charAt(10) != 'T' && text.charAt(10) != 't') {
            throw wrong(text, "'T' must separate date and time of day");
        }
        int hour = number(text, 11, 2);
        int minute = number(text, 14, 2);
        int second = number(text, 17, 2);
        if (hour < 0 || minute < 0 || second < 0 || text.charAt(13) != ':' || text.charAt(16) != ':') {
            throw wrong(text, "its time of day is not of the form 09:30:00");
        }
        if (hour > 23 || minute > 59 || second > 60) {
            throw wrong(text, "there is no such time of day");
        }
        int fractionEnd = fractionEnd(text);
        int nanos = fractionEnd == 19 ? 0 : nanos(text, fractionEnd);
        long local =
                epochDay(text, year, month, day) * SECONDS_OF_DAY + hour * 3_600L + minute * 60L + Math.min(second, 59);
        long seconds = local - offsetSeconds(text, fractionEnd);
        if (second == 60 && !isLastOfMonth(seconds)) {
            throw wrong(text, "a leap second is the last second of a month in UTC");
        }
        Instant time = Instant.ofEpochSecond(seconds, nanos);
        requireWritable(time);
        return time;
    }

    private static long epochDay(String text, int year, int month, int day) {
        try {
            return LocalDate.of(year, month, day).toEpochDay();
        } catch (DateTimeException noSuchDate) {
            throw new InvalidEventException("", problem(text, "there is no such date"), noSuchDate);
        }
    }

    private static int fractionEnd(String text) {
        int at = 19;
        if (at < text.length() && text.charAt(at) == '.') {
            at++;
            while (at < text.length() && isDigit(text.charAt(at))) {
                at++;
            }
            if (at == 20) {
                throw wrong(text, "no digits follow the decimal point");
            }
            if (at > 20 + MAX_FRACTION_DIGITS) {
                throw wrong(
                        text,
                        "it has " + (at - 20) + " digits of a second, at most " + MAX_FRACTION_DIGITS + " are kept");
            }
        }
        return at;
    }

    private static int nanos(String text, int end) {
        int nanos = number(text, 20, end - 20);
        for (int digits = end - 20; digits < MAX_FRACTION_DIGITS; digits++) {
            nanos *= 10;
        }
        return nanos;
    }

    private static int offsetSeconds(String text, int at) {
        if (at == text.length()) {
            throw wrong(text, "it has no zone: Z or an offset such as +01:00 must follow");
        }
        char first = text.charAt(at);
        if (first == 'Z' || first == 'z') {
            if (at + 1 != text.length()) {
                throw wrong(text, "something follows the Z");
            }
            return 0;
        }
        int hours = number(text, at + 1, 2);
        int minutes = number(text, at + 4, 2);
        boolean wellFormed = (first == '+' || first == '-')
                && text.length() == at + "+01:00".length()
                && hours >= 0
                && text.charAt(at + 3) == ':'
                && minutes >= 0;
        if (!wellFormed || hours > 23 || minutes > 59) {
            throw wrong(text, "its zone is neither Z nor an offset such as +01:00");
        }
        int seconds = hours * 3_600 + minutes * 60;
        return first == '-' ? -seconds : seconds;
    }

    private static boolean isLastOfMonth(long seconds) {
        long next = seconds + 1;
        return Math.floorMod(next, SECONDS_OF_DAY) == 0
                && LocalDate.ofEpochDay(Math.floorDiv(next, SECONDS_OF_DAY)).getDayOfMonth() == 1;
    }

    /// The number that `count` digits make; -1 if they are not all there.
    private static int number(String text, int start, int count) {
        if (start + count > text.length()) {
            return -1;
        }
        int number = 0;
        for (int at = start; at < start + count; at++) {
            char c = text.charAt(at);
            if (!isDigit(c)) {
                return -1;
            }
            number = number * 10 + (c - '0');
        }
        return number;
    }

    private static boolean isDigit(char c) {
        return c >= '0' && c <= '9';
    }

    private static InvalidEventException wrong(String text, String why) {
        return new InvalidEventException("", problem(text, why));
    }

    private static String problem(String text, String why) {
        return InvalidEventException.quote(text) + " is no RFC 3339 time" + (why.isEmpty() ? "" : ": " + why) + "; "
                + FORM;
    }
}
