package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.operations.InvalidOperationException;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationStep;
import ai.tradesense.operations.Pace;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.testkit.services.PostgresServer;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The character U+0000, for which PostgreSQL has no place, in what operators say.
class PostgresTextsTest {
    private static final String IMPOSSIBLE = "a\0b";

    private final JdbcLog log = JdbcLog.open(PostgresServer.sharedUrl());

    @AfterEach
    void close() {
        log.close();
    }

    private static DeadLetterFilter filter(String asked) {
        return new DeadLetterFilter(
                asked.equals("worker") ? IMPOSSIBLE : null,
                null,
                asked.equals("subject") ? IMPOSSIBLE : null,
                asked.equals("cause") ? IMPOSSIBLE : null,
                null,
                null,
                null,
                asked.equals("text") ? IMPOSSIBLE : null);
    }

    private static Operation operation(
            String id, @Nullable String requestId, @Nullable DeadLetterFilter filter, String said) {
        return new Operation(
                0,
                id,
                requestId,
                OperationKind.DISCARD,
                filter,
                null,
                Pace.UNLIMITED,
                said,
                said,
                Instant.EPOCH,
                Operation.State.RUNNING,
                "",
                null,
                new Operation.Counts(0, 0, 0, 0, 0));
    }

    @ParameterizedTest
    @ValueSource(strings = {"worker", "subject", "cause", "text"})
    void a_filter_that_nothing_can_match_finds_nothing_and_is_no_order(String asked) {
        DeadLetterFilter filter = filter(asked);
        DeadLetterQuery query = new DeadLetterQuery(filter, null, 10);
        assertThat(log.parking().deadLetters(query)).isEmpty();
        assertThat(log.parking().summaries(query)).isEmpty();
        assertThat(log.parking().groups(filter, 10)).isEmpty();

        assertThatThrownBy(() -> log.operations().create(operation("id", null, filter, "said"), List.of()))
                .isInstanceOf(InvalidOperationException.class)
                .hasMessageContainingAll("/selection", "U+0000");
    }

    @Test
    void what_an_operator_says_is_kept_with_another_character() {
        Operation kept = log.operations().create(operation("id", "request", null, IMPOSSIBLE), List.of());
        assertThat(kept.reason()).isEqualTo("a\uFFFDb");
        assertThat(kept.actor()).isEqualTo("a\uFFFDb");

        log.operations().end("id", Operation.State.CANCELLED, "why: \0", IMPOSSIBLE, Instant.EPOCH);
        assertThat(log.operations().steps("id")).extracting(OperationStep::by).contains("a\uFFFDb");
    }

    @Test
    void nothing_is_known_by_a_name_that_cannot_be_one() {
        assertThat(log.operations().find(IMPOSSIBLE)).isEmpty();
        assertThat(log.operations().findByRequest(IMPOSSIBLE)).isEmpty();
        assertThatThrownBy(() -> log.operations().create(operation("id", IMPOSSIBLE, null, "said"), List.of()))
                .isInstanceOf(InvalidOperationException.class)
                .hasMessageContaining("/requestId");
    }
}
