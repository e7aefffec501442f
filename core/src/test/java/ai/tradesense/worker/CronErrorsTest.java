package ai.tradesense.worker;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// What is no schedule is refused with the field, what was found and what was expected.
class CronErrorsTest {
    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', textBlock = """
            60 * * * *         | the minute of '60 * * * *' is '60', expected 0 to 59
            60 0 0 * * *       | the second of '60 0 0 * * *' is '60', expected 0 to 59
            0 24 * * *         | the hour of '0 24 * * *' is '24', expected 0 to 23
            0 0 0 * *          | the day of the month of '0 0 0 * *' is '0', expected 1 to 31
            0 0 32 * *         | the day of the month of '0 0 32 * *' is '32', expected 1 to 31
            0 0 * 13 *         | the month of '0 0 * 13 *' is '13', expected 1 to 12 or JAN to DEC
            0 0 * MAI *        | the month of '0 0 * MAI *' is 'MAI', expected 1 to 12 or JAN to DEC
            0 0 * * 8          | the day of the week of '0 0 * * 8' is '8', expected 0 to 7 or SUN to SAT
            0 1,2,x * * *      | the hour of '0 1,2,x * * *' is '1,2,x', with 'x' in it, expected 0 to 23
            0 1,,2 * * *       | the hour of '0 1,,2 * * *' is '1,,2', with '' in it, expected 0 to 23
            0 5-1 * * *        | the hour of '0 5-1 * * *' is '5-1', whose range '5-1' runs backwards, expected the lower end first
            0 * * * FRI-MON    | the day of the week of '0 * * * FRI-MON' is 'FRI-MON', whose range 'FRI-MON' runs backwards, expected the lower end first
            */0 * * * *        | the minute of '*/0 * * * *' is '*/0', whose step is '0', expected 1 to 59
            */x * * * *        | the minute of '*/x * * * *' is '*/x', whose step is 'x', expected 1 to 59
            0 */24 * * *       | the hour of '0 */24 * * *' is '*/24', whose step is '24', expected 1 to 23
            ? * * * *          | the minute of '? * * * *' is '?', expected 0 to 59
            -1 * * * *         | the minute of '-1 * * * *' is '-1', with '' in it, expected 0 to 59
            100 * * * *        | the minute of '100 * * * *' is '100', expected 0 to 59
            0 0 30 2 *         | the day of the month of '0 0 30 2 *' is '30', expected one that the month '2' has
            0 0 31 APR,JUN *   | the day of the month of '0 0 31 APR,JUN *' is '31', expected one that the month 'APR,JUN' has
            * * * *            | '* * * *' has 4 fields, expected 5 (minute, hour, day of the month, month, day of the week) or 6 with the second first
            0 0 0 * * * 2026   | '0 0 0 * * * 2026' has 7 fields, expected 5 (minute, hour, day of the month, month, day of the week) or 6 with the second first
            """)
    void what_is_no_expression_is_refused_with_what_is_wrong(String expression, String problem) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Schedule.cron(expression, ZoneOffset.UTC))
                .withMessage(problem);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "@daily", "0 0 L * *", "0 0 15W * *", "0 0 * * MON#2", "٣ * * * *", "+1 * * * *"})
    void what_other_crons_know_is_refused(String expression) {
        assertThatIllegalArgumentException().isThrownBy(() -> Schedule.cron(expression, ZoneOffset.UTC));
    }

    @Test
    void an_interval_that_cannot_be_is_refused() {
        for (Duration interval : List.of(
                Duration.ZERO,
                Duration.ofSeconds(-5),
                Duration.ofMillis(999),
                Duration.ofSeconds(1, 1),
                Duration.ofDays(36_501),
                Duration.ofSeconds(Long.MAX_VALUE))) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Schedule.every(interval))
                    .withMessageContaining(interval.toString())
                    .withMessageContaining("expected");
        }
    }

    @Test
    void a_schedule_says_what_it_is() {
        Schedule cron = Schedule.cron("  0   9 * *  MON-FRI ", ZoneOffset.UTC);
        assertThat(cron.expression()).isEqualTo("0 9 * * MON-FRI");
        assertThat(cron.zone()).isEqualTo(ZoneOffset.UTC);
        assertThat(cron).isEqualTo(Schedule.cron("0 9 * * MON-FRI", ZoneOffset.UTC));
        assertThat(Schedule.every(Duration.ofMinutes(5)).expression()).isEqualTo("every PT5M");
        assertThat(Schedule.every(Duration.ofMinutes(5)).zone()).isNull();
    }
}
