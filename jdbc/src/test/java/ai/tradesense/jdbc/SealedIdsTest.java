package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Uuid7;
import ai.tradesense.transport.Published;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SealedIdsTest {
    private static final int EVENTS = 12 * Segment.MIN_EVENTS;
    private static final int BATCH = 1_024;
    private static final Instant BEGIN = Instant.parse("2026-01-01T00:00:00Z");

    @TempDir
    private Path folder;

    /// Seven clocks that differ by a day each: every segment reaches over nearly the whole time.
    private static DomainEvent event(int number) {
        Instant time = BEGIN.plusSeconds(86_400L * (number % 7)).plusMillis(number);
        return RandomEvents.plain(Uuid7.derived(time, Integer.toString(number)), "account");
    }

    @Test
    void events_are_known_again_whatever_the_order_of_the_times_in_their_ids() {
        try (JdbcLog log = open()) {
            assertThat(append(log)).noneMatch(Published::duplicate);
        }
        try (JdbcLog log = open()) {
            assertThat(append(log)).allMatch(Published::duplicate);
            assertThat(log.events().append(List.of(event(EVENTS)))).noneMatch(Published::duplicate);
            assertThat(log.events().count()).isEqualTo(EVENTS + 1);
        }
    }

    private JdbcLog open() {
        return JdbcLog.open("jdbc:sqlite:" + folder.resolve("events.db"));
    }

    private static List<Published> append(JdbcLog log) {
        return IntStream.range(0, EVENTS / BATCH)
                .boxed()
                .flatMap(batch -> log
                        .events()
                        .append(IntStream.range(batch * BATCH, (batch + 1) * BATCH)
                                .mapToObj(SealedIdsTest::event)
                                .toList())
                        .stream())
                .toList();
    }
}
