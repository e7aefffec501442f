package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.aggregate.Aggregate;
import ai.tradesense.aggregate.Repository;
import ai.tradesense.aggregate.Versioned;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.worker.Worker;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Aggregates and workers on one log.
class AggregateOnLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @TempDir
    Path folder;

    /// How much was put where.
    record Total(int amount) {}

    @EventName("Money.Put.v1")
    record Put(String subject, int amount) implements EventData {}

    @EventName("Requests.Put.v1")
    record Request(String subject, int amount) implements EventData {}

    private static final Aggregate<Total> TOTALS = Aggregate.named("total", "Money", new Total(0))
            .on(Put.class, (total, put) -> new Total(total.amount + put.amount))
            .snapshot(Total.class, "total.v1", 5)
            .build();

    private JdbcLog open(String database) {
        return JdbcLog.open(
                database.equals("sqlite") ? "jdbc:sqlite:" + folder.resolve("log.db") : PostgresServer.sharedUrl());
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgresql"})
    void what_an_aggregate_decides_reaches_workers_and_followers_as_if_it_were_published(String database) {
        List<String> worked = new CopyOnWriteArrayList<>();
        List<Long> followed = new CopyOnWriteArrayList<>();
        try (JdbcLog log = open(database);
                TradeSense tradesense = TradeSense.builder().log(log).build()) {
            Repository<Total> totals = tradesense.repository(TOTALS);
            tradesense.register(Worker.named("witness")
                    .on("*", (event, context) -> worked.add(event.id()))
                    .build());
            totals.update("a", total -> List.of(new Put("a", 1), new Put("a", 2)));
            tradesense.follow("read-model", 0, EventQuery.ALL, event -> followed.add(event.position()));
            tradesense.publish(new Put("a", 3));
            for (int i = 0; i < 10; i++) {
                totals.update("a", total -> List.of(new Put("a", total.amount)));
            }

            assertThat(totals.load("a")).isEqualTo(new Versioned<>(new Total(6 << 10), 13));
            assertThat(log.snapshots().find(TOTALS.stream("a"), "total")).isPresent();
            await("the worker").atMost(PATIENCE).until(() -> worked.size() >= 13);
            await("the follower").atMost(PATIENCE).until(() -> followed.size() >= 13);
            assertThat(worked)
                    .isEqualTo(log.events().readStream(StreamQuery.forwards(TOTALS.stream("a"), 1)).events().stream()
                            .map(each -> each.stored().event().id())
                            .toList());
            assertThat(followed).isEqualTo(LongStream.rangeClosed(1, 13).boxed().toList());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sqlite", "postgresql"})
    void what_a_worker_decided_in_an_attempt_that_failed_is_not_decided_twice(String database) {
        AtomicInteger attempts = new AtomicInteger();
        AtomicInteger decisions = new AtomicInteger();
        try (JdbcLog log = open(database);
                TradeSense tradesense = TradeSense.builder().log(log).build()) {
            Repository<Total> totals = tradesense.repository(TOTALS);
            DomainEvent request =
                    tradesense.event(new Request("a", 5)).correlationId("order").build();
            tradesense.register(Worker.named("teller")
                    .on(Request.class, (wanted, context) -> {
                        attempts.incrementAndGet();
                        for (String purse : List.of("a", "b")) {
                            totals.update(purse, context, total -> {
                                if (decisions.incrementAndGet() == 1) {
                                    tradesense.publish(new Put("a", 1));
                                }
                                return List.of(new Put(purse, wanted.amount), new Put(purse, wanted.amount));
                            });
                        }
                        if (attempts.get() == 1) {
                            throw new IllegalStateException("after all was appended");
                        }
                    })
                    .retryDelay(Duration.ofMillis(10))
                    .build());

            tradesense.publish(request);

            await("the second attempt").atMost(PATIENCE).until(() -> attempts.get() == 2);
            await("the end of it").atMost(PATIENCE).until(() -> decisions.get() == 5);
            await("rest")
                    .atMost(PATIENCE)
                    .until(() ->
                            tradesense.workers().worker("teller").orElseThrow().parked() == 0);
            assertThat(totals.load("a")).isEqualTo(new Versioned<>(new Total(11), 3));
            assertThat(totals.load("b")).isEqualTo(new Versioned<>(new Total(10), 2));
            List<StoredEvent> put =
                    log.events().readStream(StreamQuery.forwards(TOTALS.stream("b"), 1)).events().stream()
                            .map(each -> each.stored())
                            .toList();
            assertThat(put).extracting(each -> each.event().causationId()).containsOnly(request.id());
            assertThat(put).extracting(each -> each.event().correlationId()).containsOnly("order");
        }
    }
}
