package ai.tradesense.events;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// The formatters of `java.time` are the oracle.
class Rfc3339Test {
    private static final int ROUNDS = 50_000;

    private static Instant random(SplittableRandom random) {
        long seconds = random.nextLong(Rfc3339.MIN.getEpochSecond(), Rfc3339.MAX.getEpochSecond() + 1);
        long unit = new int[] {1, 1_000, 1_000_000, 1_000_000_000}[random.nextInt(4)];
        return Instant.ofEpochSecond(seconds, random.nextInt(1_000_000_000) / unit * unit);
    }

    @Test
    void times_are_written_as_java_time_writes_them() {
        SplittableRandom random = new SplittableRandom(1);
        for (int round = 0; round < ROUNDS; round++) {
            Instant time = random(random);

            assertThat(Rfc3339.format(time)).isEqualTo(DateTimeFormatter.ISO_INSTANT.format(time));
            assertThat(Rfc3339.parse(Rfc3339.format(time))).isEqualTo(time);
        }
    }

    @Test
    void times_with_an_offset_are_read_as_java_time_reads_them() {
        SplittableRandom random = new SplittableRandom(2);
        for (int round = 0; round < ROUNDS; round++) {
            ZoneOffset offset = ZoneOffset.ofTotalSeconds(random.nextInt(-18 * 60, 18 * 60 + 1) * 60);
            Instant time = Instant.ofEpochSecond(
                    random.nextLong(-60_000_000_000L, 250_000_000_000L), random.nextInt(1_000_000_000));
            String text = DateTimeFormatter.ISO_OFFSET_DATE_TIME.format(OffsetDateTime.ofInstant(time, offset));

            assertThat(Rfc3339.parse(text)).as(text).isEqualTo(time);
        }
    }

    @Test
    void the_first_and_the_last_instant_are_written_and_read() {
        for (Instant time : new Instant[] {Rfc3339.MIN, Rfc3339.MAX, Instant.EPOCH, Instant.EPOCH.minusNanos(1)}) {
            assertThat(Rfc3339.parse(Rfc3339.format(time))).isEqualTo(time);
        }
        assertThat(Rfc3339.format(Rfc3339.MAX)).hasSize(Rfc3339.MAX_LENGTH);
    }

    @ParameterizedTest
    @CsvSource({
        "2026-01-31t09:30:00z, 2026-01-31T09:30:00Z",
        "2026-01-31T09:30:00.5Z, 2026-01-31T09:30:00.5Z",
        "2026-01-31T09:30:00.123456789Z, 2026-01-31T09:30:00.123456789Z",
        "2026-01-31T09:30:00.000000000Z, 2026-01-31T09:30:00Z",
        "2026-01-31T09:30:00+01:00, 2026-01-31T08:30:00Z",
        "2026-01-31T09:30:00-00:00, 2026-01-31T09:30:00Z",
        "2026-01-31T23:59:59-23:59, 2026-02-01T23:58:59Z",
        "2024-02-29T00:00:00Z, 2024-02-29T00:00:00Z",
        "1985-04-12T23:20:50.52Z, 1985-04-12T23:20:50.520Z",
        "1996-12-19T16:39:57-08:00, 1996-12-20T00:39:57Z",
        "1937-01-01T12:00:27.87+00:20, 1937-01-01T11:40:27.870Z",
    })
    void the_grammar_of_rfc_3339_is_read(String text, Instant expected) {
        assertThat(Rfc3339.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "1990-12-31T23:59:60Z, 1990-12-31T23:59:59Z",
        "1990-12-31T15:59:60-08:00, 1990-12-31T23:59:59Z",
        "2016-12-31T23:59:60.75Z, 2016-12-31T23:59:59.750Z",
        "2015-06-30T23:59:60z, 2015-06-30T23:59:59Z",
        "2015-07-01T08:59:60+09:00, 2015-06-30T23:59:59Z",
    })
    void a_leap_second_is_read_as_the_second_before_it(String text, Instant expected) {
        assertThat(Rfc3339.parse(text)).isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "1990-12-31T23:58:60Z",
                "1990-12-30T23:59:60Z",
                "1990-12-31T23:59:60+01:00",
                "1990-12-31T00:00:60Z"
            })
    void a_leap_second_at_another_time_is_refused(String text) {
        assertRefused(text, "a leap second is the last second of a month in UTC");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "2020-01-01                      | it has no time of day",
                "2020-01-01T00:00:00             | it has no zone",
                "2020-01-01T00:00:00.5           | it has no zone",
                "2020-01-01T00:00                | its time of day is not of the form",
                "2020-01-01T                     | its time of day is not of the form",
                "2020-01-01T00:00Z               | its time of day is not of the form",
                "2020-01-01T000000Z              | its time of day is not of the form",
                "20200101T000000Z                | it does not begin with a date",
                "2020-1-01T00:00:00Z             | it does not begin with a date",
                "02020-01-01T00:00:00Z           | it does not begin with a date",
                "+2020-01-01T00:00:00Z           | it does not begin with a date",
                "-020-01-01T00:00:00Z            | it does not begin with a date",
                "2020-01-01 00:00:00Z            | 'T' must separate",
                "2020-01-01_00:00:00Z            | 'T' must separate",
                "2020-02-30T00:00:00Z            | there is no such date",
                "2021-02-29T00:00:00Z            | there is no such date",
                "2020-13-01T00:00:00Z            | there is no such date",
                "2020-00-01T00:00:00Z            | there is no such date",
                "2020-01-00T00:00:00Z            | there is no such date",
                "2020-01-01T24:00:00Z            | there is no such time of day",
                "2020-01-01T00:60:00Z            | there is no such time of day",
                "2020-01-01T00:00:61Z            | there is no such time of day",
                "2020-01-01T00:00:00.Z           | no digits follow the decimal point",
                "2020-01-01T00:00:00,5Z          | its zone is neither",
                "2020-01-01T00:00:00.1234567890Z | it has 10 digits of a second, at most 9 are kept",
                "2020-01-01T00:00:00Z0           | something follows the Z",
                "2020-01-01T00:00:00+0100        | its zone is neither",
                "2020-01-01T00:00:00+01          | its zone is neither",
                "2020-01-01T00:00:00+24:00       | its zone is neither",
                "2020-01-01T00:00:00+01:60       | its zone is neither",
                "2020-01-01T00:00:00+01:00:00    | its zone is neither",
                "2020-01-01T00:00:00*01:00       | its zone is neither",
                "2020-01-01T00:00:00 Z           | its zone is neither",
                "2020-01-01T00:00:00[UTC]        | its zone is neither",
                "٢٠٢٠-01-01T00:00:00Z            | it does not begin with a date",
                "1577836800                      | it does not begin with a date",
                "now                             | expected a form like",
                "``                              | expected a form like",
            })
    void anything_else_is_refused_with_the_reason(String text, String reason) {
        assertRefused(text, reason);
    }

    @Test
    void a_time_that_an_offset_moves_out_of_the_calendar_is_refused() {
        assertRefused("0000-01-01T00:00:00+00:01", "expected a time in the years 0000 to 9999");
        assertRefused("9999-12-31T23:59:59-00:01", "expected a time in the years 0000 to 9999");
    }

    private static void assertRefused(String text, String reason) {
        InvalidEventException problem = catchThrowableOfType(InvalidEventException.class, () -> Rfc3339.parse(text));

        assertThat(problem).as(text).isNotNull();
        assertThat(problem.pointer()).isEmpty();
        assertThat(problem.problem()).contains(reason);
    }

    @Test
    void every_text_cut_short_or_changed_in_one_place_is_read_or_refused_and_nothing_else() {
        String good = "2026-01-31T09:30:00.123+01:00";
        SplittableRandom random = new SplittableRandom(3);
        for (int round = 0; round < ROUNDS; round++) {
            StringBuilder text = new StringBuilder(good.substring(0, random.nextInt(good.length() + 1)));
            if (!text.isEmpty()) {
                text.setCharAt(random.nextInt(text.length()), (char) random.nextInt(' ', 0x7f));
            }
            try {
                Instant time = Rfc3339.parse(text.toString());
                String java = text.toString().replace(":60", ":59").replaceFirst("[Zz]$", "Z");
                assertThat(time).isEqualTo(OffsetDateTime.parse(java).toInstant());
            } catch (InvalidEventException refused) {
                assertThat(refused.problem()).contains("expected");
            }
        }
    }

    @Test
    void times_out_of_the_calendar_are_not_written() {
        for (Instant time :
                new Instant[] {Rfc3339.MIN.minusNanos(1), Rfc3339.MAX.plusNanos(1), Instant.MIN, Instant.MAX}) {
            assertThat(catchThrowableOfType(InvalidEventException.class, () -> Rfc3339.format(time)))
                    .hasMessageContaining("expected a time in the years 0000 to 9999");
        }
    }
}
