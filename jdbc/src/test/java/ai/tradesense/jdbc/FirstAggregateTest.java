package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.aggregate.Aggregate;
import ai.tradesense.aggregate.Repository;
import ai.tradesense.aggregate.Versioned;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import ai.tradesense.events.OrderKey;
import ai.tradesense.retention.Retention;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.store.EventFollower;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ExpectedVersion;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What docs/event-store.md shows, compiled and run.
class FirstAggregateTest {
    private static final Pattern JAVA = Pattern.compile("```java\n(.*?)```", Pattern.DOTALL);
    private static final Pattern BLANKS = Pattern.compile("\\s+");

    @EventName("Payments.Paid.In.v1")
    record PaidIn(String account, BigDecimal amount) implements EventData {
        @Override
        public String subject() {
            return account;
        }
    }

    @EventName("Payments.Paid.Out.v1")
    record PaidOut(String account, BigDecimal amount) implements EventData {
        @Override
        public String subject() {
            return account;
        }
    }

    @EventName("Payouts.Payout.Requested.v1")
    record PayoutRequested(String account, BigDecimal amount) implements EventData {
        @Override
        public String subject() {
            return account;
        }
    }

    record Account(String id, BigDecimal balance) {
        Account paidIn(PaidIn event) {
            return new Account(event.account(), balance.add(event.amount()));
        }

        Account paidOut(PaidOut event) {
            return new Account(id, balance.subtract(event.amount()));
        }

        List<PaidOut> payOut(BigDecimal amount) {
            return balance.compareTo(amount) < 0 ? List.of() : List.of(new PaidOut(id, amount));
        }
    }

    static final Aggregate<Account> ACCOUNTS = Aggregate.named("account", "Payments", new Account("", BigDecimal.ZERO))
            .on(PaidIn.class, Account::paidIn)
            .on(PaidOut.class, Account::paidOut)
            .snapshot(Account.class, "account.v1", 100)
            .build();

    private static EventWorker payouts(Repository<Account> accounts) {
        return Worker.named("payouts")
                .on(
                        PayoutRequested.class,
                        (request, context) -> accounts.update(
                                request.account(), context, account -> account.payOut(request.amount())))
                .build();
    }

    @Test
    void an_account_is_paid_into_and_out_of(@TempDir Path folder) {
        Map<String, Long> positions = new ConcurrentHashMap<>();
        try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
                TradeSense tradesense = TradeSense.builder().log(log).build()) {
            Repository<Account> accounts = tradesense.repository(ACCOUNTS);
            accounts.update("acc-1", account -> List.of(new PaidIn("acc-1", new BigDecimal("100"))));
            Versioned<Account> now = accounts.update("acc-1", account -> account.payOut(new BigDecimal("30")));
            assertThat(now.state().balance()).isEqualByComparingTo("70");
            assertThat(now.version()).isEqualTo(2);

            tradesense.register(payouts(accounts));
            tradesense.publish(new PayoutRequested("acc-1", new BigDecimal("20")));
            await().atMost(Duration.ofSeconds(60))
                    .until(() -> accounts.load("acc-1").version() == 3);

            EventStore store = log.events();
            OrderKey from = ACCOUNTS.stream("acc-1");
            OrderKey to = ACCOUNTS.stream("acc-2");
            BigDecimal amount = new BigDecimal("50");
            store.appendStreams(List.of(
                    new StreamAppend(
                            from,
                            ExpectedVersion.exactly(3),
                            List.of(tradesense
                                    .event(new PaidOut("acc-1", amount))
                                    .build())),
                    new StreamAppend(
                            to,
                            ExpectedVersion.none(),
                            List.of(tradesense
                                    .event(new PaidIn("acc-2", amount))
                                    .build()))));
            StreamSlice newest = store.readStream(StreamQuery.backwards(from, 1));
            assertThat(newest.version()).isEqualTo(4);

            EventFollower follower = tradesense.follow(
                    "balances",
                    0,
                    EventQuery.ALL,
                    event -> positions.put(event.event().subject(), event.position()));
            await().atMost(Duration.ofSeconds(60)).until(() -> follower.position() == store.head());
            assertThat(positions).containsOnlyKeys("acc-1", "acc-2");

            Verification found = log.verify((checked, of) -> {});
            log.backUp(folder.resolve("monday.db"));
            assertThat(found.fault()).isNull();
            assertThat(folder.resolve("monday.db")).exists();
        }
    }

    @Test
    void events_of_a_domain_are_kept_as_long_as_a_policy_says(@TempDir Path folder) {
        try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"))) {
            RetentionPolicy policy = RetentionPolicy.KEEP_EVERYTHING.with("Trading", Duration.ofDays(365));
            TradeSense tradesense = TradeSense.builder()
                    .log(log)
                    .retention(policy, Retention.Pace.USUAL)
                    .build();
            try (tradesense) {
                assertThat(tradesense.retention().orElseThrow().policy()).isEqualTo(policy);
            }
        }
    }

    @Test
    void what_the_documentation_shows_stands_here() throws IOException {
        String here =
                withoutBlanks(Files.readString(Path.of("src/test/java/ai/tradesense/jdbc/FirstAggregateTest.java")));
        List<String> shown = JAVA.matcher(Files.readString(Path.of("../docs/event-store.md")))
                .results()
                .map(found -> found.group(1))
                .toList();

        assertThat(shown)
                .hasSizeGreaterThan(3)
                .allSatisfy(example -> assertThat(here).contains(withoutBlanks(example)));
    }

    private static String withoutBlanks(String text) {
        return BLANKS.matcher(text).replaceAll("");
    }
}
