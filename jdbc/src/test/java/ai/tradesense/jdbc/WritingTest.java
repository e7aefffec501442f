package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.TransportException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The writer: commits that several share, and what happens when one of them, or all, cannot be written.
class WritingTest {
    @TempDir
    Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final RandomEvents events = new RandomEvents(1);
    private JdbcLog log;

    @BeforeEach
    void open() {
        open(new JdbcLog.Settings(InstantSource.system(), meters));
    }

    private void open(JdbcLog.Settings settings) {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"), settings);
    }

    @AfterEach
    void close() {
        log.close();
    }

    /// Keeps the writer busy until it is let go, so that what is handed over meanwhile shares the next
    /// transaction.
    private final class Pause implements AutoCloseable {
        private final CountDownLatch begun = new CountDownLatch(1);
        private final CountDownLatch released = new CountDownLatch(1);
        private final CompletableFuture<Void> pausing;

        Pause() throws InterruptedException {
            pausing = CompletableFuture.runAsync(() -> log.writer().execute(new Change() {
                @Override
                void apply(WriteSession session) {
                    begun.countDown();
                    awaitQuietly(released);
                }
            }));
            begun.await();
        }

        @Override
        public void close() {
            released.countDown();
            pausing.join();
        }
    }

    private static void awaitQuietly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    private static <T> CompletableFuture<T> onThread(Supplier<T> work) {
        CompletableFuture<T> outcome = new CompletableFuture<>();
        Thread thread = Thread.ofPlatform().start(() -> {
            try {
                outcome.complete(work.get());
            } catch (RuntimeException failure) {
                outcome.completeExceptionally(failure);
            }
        });
        await().until(() -> outcome.isDone() || thread.getState() == Thread.State.WAITING);
        return outcome;
    }

    private static final class Broken extends Change {
        @Override
        int events() {
            return 1;
        }

        @Override
        void apply(WriteSession session) throws SQLException {
            try (Statement statement = session.connection().createStatement()) {
                statement.execute("INSERT INTO group_positions (group_name, position) VALUES ('broken', 1)");
                statement.execute("INSERT INTO group_positions (group_name, position) VALUES ('broken', NULL)");
            }
        }
    }

    @Test
    void batches_that_wait_share_a_commit() throws Exception {
        List<CompletableFuture<List<Published>>> outcomes = new ArrayList<>();
        try (Pause _ = new Pause()) {
            for (int i = 0; i < 8; i++) {
                List<DomainEvent> batch = events.plain(5);
                outcomes.add(onThread(() -> log.transport().send(batch)));
            }
            assertThat(outcomes).noneMatch(CompletableFuture::isDone);
        }
        for (CompletableFuture<List<Published>> outcome : outcomes) {
            assertThat(outcome.get()).hasSize(5).noneMatch(Published::duplicate);
        }
        assertThat(meters.get("tradesense.log.commit.events").summary().max()).isEqualTo(40);
        assertThat(log.events().count()).isEqualTo(40);
    }

    @Test
    void one_broken_write_does_not_fail_those_that_share_its_commit() throws Exception {
        CompletableFuture<List<Published>> before;
        CompletableFuture<Boolean> broken;
        CompletableFuture<List<Published>> after;
        List<DomainEvent> first = events.plain(3);
        List<DomainEvent> second = events.plain(4);
        try (Pause _ = new Pause()) {
            before = onThread(() -> log.transport().send(first));
            broken = onThread(() -> {
                log.writer().execute(new Broken());
                return true;
            });
            after = onThread(() -> log.transport().send(second));
        }

        assertThat(before.get()).hasSize(3).noneMatch(Published::duplicate);
        assertThat(after.get()).hasSize(4).noneMatch(Published::duplicate);
        assertThat(broken)
                .failsWithin(Duration.ofSeconds(10))
                .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                .withCauseInstanceOf(StoreException.class)
                .withMessageContaining("NOT NULL constraint failed");
        assertThat(log.events().count()).isEqualTo(7);
        assertThat(log.transport().send(first)).allMatch(Published::duplicate);
        assertThat(log.transport().health().available()).isTrue();
    }

    @Test
    void an_event_that_several_publish_at_the_same_time_is_stored_once() throws Exception {
        int publishers = 8;
        List<DomainEvent> same = events.plain(200);
        CyclicBarrier start = new CyclicBarrier(publishers);
        try (ExecutorService executor = Executors.newFixedThreadPool(publishers)) {
            List<Future<List<Published>>> outcomes = new ArrayList<>();
            for (int i = 0; i < publishers; i++) {
                outcomes.add(executor.submit(() -> {
                    start.await();
                    return log.transport().send(same);
                }));
            }
            int stored = 0;
            for (Future<List<Published>> outcome : outcomes) {
                stored += (int) outcome.get().stream()
                        .filter(published -> !published.duplicate())
                        .count();
            }
            assertThat(stored).isEqualTo(200);
        }
        assertThat(log.events().count()).isEqualTo(200);
    }

    @Test
    void when_the_disk_is_full_nothing_is_acknowledged_and_it_goes_on_when_there_is_room() {
        List<DomainEvent> before = events.plain(100);
        log.transport().send(before);
        limitPages(10);

        List<DomainEvent> large = List.of(RandomEvents.withData(events.plain(), Payload.json(json(1 << 20))));
        assertThatThrownBy(() -> log.transport().send(large))
                .isInstanceOf(TransportException.class)
                .hasMessageStartingWith("embedded: " + folder.resolve("log.db") + " could not be written: ")
                .hasMessageContaining("SQLITE_FULL");
        assertThatThrownBy(() -> log.events().append(large))
                .isInstanceOf(StoreException.class)
                .cause()
                .isInstanceOfSatisfying(
                        DatabaseException.class,
                        failure -> assertThat(failure.reason()).isEqualTo(DatabaseException.Reason.DISK_FULL));
        assertThat(log.transport().health().available()).isFalse();
        assertThat(log.transport().health().detail()).contains("SQLITE_FULL");
        assertThat(log.events().count()).isEqualTo(100);
        assertThat(log.events().find(large.getFirst().id())).isEmpty();
        assertThat(log.transport().send(before)).allMatch(Published::duplicate);

        limitPages(1_000_000_000);

        assertThat(log.transport().send(large)).noneMatch(Published::duplicate);
        assertThat(log.transport().health().available()).isTrue();
        assertThat(log.events().find(large.getFirst().id()).orElseThrow().position())
                .isEqualTo(101);
        log.close();
        open();
        assertThat(log.events().count()).isEqualTo(101);
        assertThat(log.verify((_, _) -> {}).fault()).isNull();
    }

    /// Lets the database have no more pages than it has now, and some.
    private void limitPages(int more) {
        log.writer().execute(new Change() {
            @Override
            void apply(WriteSession session) throws SQLException {
                try (Statement statement = session.connection().createStatement()) {
                    long pages = Schema.pragma(session.connection(), "page_count");
                    statement.execute("PRAGMA max_page_count = " + (pages + more));
                }
            }
        });
    }

    private static byte[] json(int length) {
        return ("\"" + "x".repeat(length) + "\"").getBytes(java.nio.charset.StandardCharsets.US_ASCII);
    }

    @Test
    void a_batch_with_an_event_that_cannot_be_encoded_is_refused_as_a_whole() {
        List<DomainEvent> batch = new ArrayList<>(events.plain(3));
        DomainEvent sound = events.plain();
        batch.add(DomainEvent.builder(sound.type())
                .id(sound.id())
                .source(sound.source())
                .subject(sound.subject())
                .time(sound.time())
                .dataContentType("text/plain")
                .data(Payload.text("half \uD83D of a pair"))
                .build());

        assertThatThrownBy(() -> log.transport().send(batch))
                .isInstanceOf(InvalidEventException.class)
                .hasMessageStartingWith("/3/data: is text with half of a surrogate pair");
        assertThat(log.events().count()).isZero();
    }

    @Test
    void publishers_wait_when_too_much_is_waiting_already() throws Exception {
        log.close();
        open(new JdbcLog.Settings(InstantSource.system(), meters, 16, 100, Duration.ofMillis(100), 64));
        List<CompletableFuture<List<Published>>> outcomes = new ArrayList<>();
        CompletableFuture<List<Published>> larger;
        try (Pause _ = new Pause()) {
            for (int i = 0; i < 6; i++) {
                List<DomainEvent> batch = events.plain(30);
                outcomes.add(onThread(() -> log.transport().send(batch)));
            }
            List<DomainEvent> batch = events.plain(30);
            CompletableFuture<Throwable> refused = new CompletableFuture<>();
            Thread interrupted = Thread.ofPlatform().start(() -> {
                try {
                    log.transport().send(batch);
                } catch (TransportException failure) {
                    refused.complete(failure);
                }
            });
            await().until(() -> interrupted.getState() == Thread.State.WAITING);
            interrupted.interrupt();
            assertThat(refused.get()).hasMessageContaining("interrupted while the queue of the writer was full");
            List<DomainEvent> large = events.plain(500);
            larger = onThread(() -> log.transport().send(large));
        }
        for (CompletableFuture<List<Published>> outcome : outcomes) {
            assertThat(outcome.get()).hasSize(30);
        }
        assertThat(larger.get()).hasSize(500);
        assertThat(log.events().count()).isEqualTo(680);
    }

    @Test
    void closing_tells_those_who_wait_and_those_who_come_later() throws Exception {
        CompletableFuture<List<Published>> waiting;
        Thread closing;
        try (Pause _ = new Pause()) {
            List<DomainEvent> batch = events.plain(3);
            waiting = onThread(() -> log.transport().send(batch));
            closing = Thread.ofPlatform().start(log::close);
            assertThat(waiting)
                    .failsWithin(Duration.ofSeconds(10))
                    .withThrowableOfType(java.util.concurrent.ExecutionException.class)
                    .withCauseInstanceOf(TransportException.class)
                    .withMessageContaining("log.db was closed; this was not written");
        }
        closing.join();
        log.close();

        assertThatThrownBy(() -> log.transport().send(events.plain(1)))
                .isInstanceOf(TransportException.class)
                .hasMessageContaining("log.db is closed; nothing was sent");
        assertThatThrownBy(() -> log.events().append(events.plain(1)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("log.db is closed; nothing was written");
        assertThatThrownBy(() -> log.events().find("1"))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("log.db is closed");
        assertThat(log.transport().health().available()).isFalse();
        open();
        assertThat(log.events().count()).isZero();
    }

    @Test
    void an_object_is_seen_by_others_as_the_json_that_stands_for_it() {
        DomainEvent sent = RandomEvents.withData(events.plain(), Payload.value(new RandomEvents.Position("p", 3)));
        log.transport().send(List.of(sent));

        DomainEvent stored = log.events().find(sent.id()).orElseThrow().event();

        assertThat(stored.data()).isInstanceOf(Payload.Json.class);
        assertThat(stored.dataAs(RandomEvents.Position.class)).isEqualTo(new RandomEvents.Position("p", 3));
    }

    @Test
    void the_log_checkpoints_by_itself_so_that_its_wal_does_not_grow_without_end() {
        for (int i = 0; i < 60; i++) {
            DomainEvent event = RandomEvents.withData(events.plain(), Payload.json(json(1 << 20)));
            log.transport().send(List.of(event));
        }
        await().until(() -> meters.get("tradesense.log.checkpoint").timer().count() > 0);
        for (int i = 0; i < 60; i++) {
            DomainEvent event = RandomEvents.withData(events.plain(), Payload.json(json(1 << 20)));
            log.transport().send(List.of(event));
        }
        assertThat(folder.resolve("log.db-wal").toFile().length()).isLessThan(100L << 20);
        assertThat(log.events().count()).isEqualTo(120);
    }
}
