package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operation.Counts;
import ai.tradesense.operations.Operation.State;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection.Stored;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Replays on a log in a real database, while events flow and over a restart.
class ReplayOnLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(90);
    private static final int SUBJECTS = 20;
    private static final int STORED = 50;
    private static final int MORE = 30;

    private final List<String> live = new CopyOnWriteArrayList<>();
    private final List<String> replayed = new CopyOnWriteArrayList<>();

    @TempDir
    Path folder;

    private String url(String database) {
        return database.equals("sqlite") ? "jdbc:sqlite:" + folder.resolve("log.db") : PostgresServer.sharedUrl();
    }

    private TradeSense platform(JdbcLog log) {
        TradeSense tradesense = TradeSense.builder().log(log).build();
        tradesense.register(Worker.named("balances")
                .on("*", (event, context) -> (context.isReplay() ? replayed : live).add(event.id()))
                .replayable()
                .build());
        return tradesense;
    }

    private static List<DomainEvent> events(int from, int to) {
        List<DomainEvent> events = new ArrayList<>();
        for (int number = from; number < to; number++) {
            for (int subject = 0; subject < SUBJECTS; subject++) {
                events.add(RandomEvents.plain("account-" + subject + "#" + number, "account-" + subject));
            }
        }
        return events;
    }

    private static List<String> of(int subject, List<String> ids) {
        return ids.stream()
                .filter(id -> id.startsWith("account-" + subject + "#"))
                .toList();
    }

    private static List<String> ids(int subject, int to) {
        return IntStream.range(0, to)
                .mapToObj(number -> "account-" + subject + "#" + number)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgresql"})
    void while_events_flow_and_over_a_restart_each_stored_event_is_replayed_once_and_every_live_one_comes_in_order(
            String database) {
        String id;
        String url = url(database);
        try (JdbcLog log = JdbcLog.open(url);
                TradeSense tradesense = platform(log)) {
            tradesense.publish(events(0, STORED));
            await("what is live").atMost(PATIENCE).until(() -> live.size() == SUBJECTS * STORED);
            Operation replay = tradesense
                    .operations()
                    .order(new OperationRequest(
                            OperationKind.REPLAY,
                            Stored.to("balances"),
                            new Pace(List.of(1, 10, 100), 1_000.0, 1),
                            "alice",
                            "",
                            null));
            id = replay.id();
            assertThat(replay.counts()).isEqualTo(new Counts(SUBJECTS * STORED, 0, 0, 0, 0));
            CompletableFuture<Void> publishing = CompletableFuture.runAsync(() -> {
                for (int number = STORED; number < STORED + MORE; number++) {
                    tradesense.publish(events(number, number + 1));
                }
            });
            await("some of the replay").atMost(PATIENCE).until(() -> replayed.size() > 200);
            publishing.join();
        }
        try (JdbcLog log = JdbcLog.open(url);
                TradeSense tradesense = platform(log)) {
            await("the rest of the replay")
                    .atMost(PATIENCE)
                    .until(() -> tradesense.operations().find(id).orElseThrow().state() == State.COMPLETED);
            await("what is live").atMost(PATIENCE).until(() -> live.size() == SUBJECTS * (STORED + MORE));
            Counts counts = tradesense.operations().find(id).orElseThrow().counts();
            assertThat(counts).isEqualTo(new Counts(0, 0, SUBJECTS * STORED, 0, 0));
            assertThat(log.parking().counts("balances_group").waiting()).isZero();
        }
        for (int subject = 0; subject < SUBJECTS; subject++) {
            assertThat(of(subject, live)).isEqualTo(ids(subject, STORED + MORE));
            assertThat(of(subject, replayed)).isEqualTo(ids(subject, STORED));
        }
    }
}
