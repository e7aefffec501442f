package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.store.StoreException;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A copy that is taken while events flow is a log that a platform goes on with.
class BackupTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final int PROCESSED = 200;
    private static final int BEFORE = 1_000;

    @TempDir
    Path folder;

    @Test
    void a_platform_goes_on_with_a_copy_of_a_file_that_was_in_use() {
        Path copy = folder.resolve("copy.db");
        Set<String> acknowledged =
                backUpWhileEventsFlow("jdbc:sqlite:" + folder.resolve("log.db"), log -> log.backUp(copy));
        goesOn("jdbc:sqlite:" + copy, acknowledged);
    }

    @Test
    void a_platform_goes_on_with_what_pg_dump_copied_from_a_database_that_was_in_use() {
        try (PostgresServer server = PostgresServer.with()) {
            Path copy = folder.resolve("tradesense.dump");
            Set<String> acknowledged = backUpWhileEventsFlow(
                    server.url(), _ -> server.dump("postgres", PostgresDatabase.DEFAULT_SCHEMA, copy));
            server.restore(copy, "restored");
            goesOn(server.url().replace("/postgres?", "/restored?"), acknowledged);
        }
    }

    /// Has a worker process some events, and then takes a copy while more are published.
    ///
    /// @return the ids of those that were acknowledged before that began and that the worker has not processed
    private static Set<String> backUpWhileEventsFlow(String url, Consumer<JdbcLog> backup) {
        Set<String> processed = ConcurrentHashMap.newKeySet();
        try (JdbcLog log = JdbcLog.open(url);
                TradeSense tradesense = TradeSense.builder().log(log).build()) {
            tradesense.register(counter(processed));
            IntStream.range(0, PROCESSED).forEach(number -> publish(log, "processed-" + number));
            await().atMost(PATIENCE).until(() -> processed.size() == PROCESSED);
        }

        Set<String> acknowledged = ConcurrentHashMap.newKeySet();
        AtomicBoolean enough = new AtomicBoolean();
        try (JdbcLog log = JdbcLog.open(url)) {
            List<CompletableFuture<Void>> publishers = IntStream.range(0, 4)
                    .mapToObj(thread -> CompletableFuture.runAsync(() -> {
                        for (int number = 0; !enough.get(); number++) {
                            String id = thread + "-" + number;
                            publish(log, id);
                            acknowledged.add(id);
                        }
                    }))
                    .toList();
            try {
                await().atMost(PATIENCE).until(() -> acknowledged.size() >= BEFORE);
                Set<String> before = Set.copyOf(acknowledged);
                backup.accept(log);
                return before;
            } finally {
                enough.set(true);
                publishers.forEach(CompletableFuture::join);
                assertThat(log.verify((_, _) -> {}).fault()).isNull();
            }
        }
    }

    private static void goesOn(String url, Set<String> acknowledged) {
        Verification verification = JdbcLog.verify(url, (_, _) -> {});
        assertThat(verification.fault()).isNull();
        assertThat(verification.events()).isGreaterThanOrEqualTo(PROCESSED + acknowledged.size());

        Set<String> processed = ConcurrentHashMap.newKeySet();
        try (JdbcLog log = JdbcLog.open(url);
                TradeSense tradesense = TradeSense.builder().log(log).build()) {
            tradesense.register(counter(processed));
            publish(log, "after");
            await().atMost(PATIENCE).until(() -> processed.contains("after") && isDone(tradesense));
            assertThat(processed)
                    .containsAll(acknowledged)
                    .as("the group goes on where it was")
                    .noneMatch(id -> id.startsWith("processed-"))
                    .hasSize((int) (verification.events() - PROCESSED + 1));
            assertThat(log.verify((_, _) -> {}).fault()).isNull();
        }
    }

    private static boolean isDone(TradeSense tradesense) {
        return tradesense.workers().worker("counter").orElseThrow().lag() == 0;
    }

    private static EventWorker counter(Set<String> processed) {
        return Worker.named("counter")
                .on("*", (event, _) -> processed.add(event.id()))
                .build();
    }

    private static void publish(JdbcLog log, String id) {
        log.transport().send(List.of(RandomEvents.plain(id, "account-" + id.hashCode() % 7)));
    }

    @Test
    void what_is_there_is_not_overwritten_and_what_fails_leaves_nothing_behind() throws IOException {
        try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"))) {
            publish(log, "event");
            Path there = Files.writeString(folder.resolve("there"), "something else");
            assertThatThrownBy(() -> log.backUp(there))
                    .isInstanceOf(StoreException.class)
                    .hasMessage(there + " is there already, and is not overwritten");
            assertThat(there).hasContent("something else");

            Path nowhere = folder.resolve("nowhere").resolve("copy.db");
            assertThatThrownBy(() -> log.backUp(nowhere))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("could not be written");
            assertThat(nowhere).doesNotExist();
        }
    }

    @Test
    void a_database_says_what_copies_it() {
        try (JdbcLog log = JdbcLog.open(PostgresServer.sharedUrl())) {
            assertThatThrownBy(() -> log.backUp(folder.resolve("copy")))
                    .isInstanceOf(StoreException.class)
                    .hasMessageContaining("back it up with pg_dump --schema=test");
        }
    }
}
