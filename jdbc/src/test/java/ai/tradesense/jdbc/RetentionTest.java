package ai.tradesense.jdbc;

import static ai.tradesense.jdbc.KeptLog.DAY;
import static ai.tradesense.jdbc.KeptLog.TRADING_FOR_A_DAY;
import static ai.tradesense.jdbc.KeptLog.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.jdbc.KeptLog.Database;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.Retention;
import ai.tradesense.retention.RetentionReport;
import ai.tradesense.retention.RetentionReport.BlockedShare;
import ai.tradesense.store.EventQuery;
import ai.tradesense.testkit.SteppedRuntime;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Events that are old enough go, and nothing else changes by it.
class RetentionTest {
    @TempDir
    Path folder;

    private KeptLog open(Database database) {
        return new KeptLog(database.url(folder));
    }

    private static List<String> ids(List<DomainEvent> events, String domain) {
        return events.stream()
                .filter(event -> event.type().domain().equals(domain))
                .map(DomainEvent::id)
                .toList();
    }

    @ParameterizedTest
    @EnumSource
    void a_log_of_which_events_were_removed_is_what_was_stored_without_them(Database database) {
        try (KeptLog kept = open(database)) {
            kept.append("old-", 60);
            kept.clock.advance(DAY.plusSeconds(1));
            kept.append("young-", 20);
            Verification verified = kept.verify();

            assertThat(kept.remove(7).events()).isEqualTo(30);

            for (int opened = 0; opened < 2; opened++) {
                assertThat(kept.log().events().search(query("account-0", null)).events())
                        .allMatch(stored -> stored.position() > 60
                                || stored.event().type().domain().equals("Risk"))
                        .isNotEmpty();
                assertThat(kept.log().events().search(query(null, "Trading.*")).events())
                        .hasSize(10);
                Verification now = kept.verify();
                assertThat(now.fault()).isNull();
                assertThat(now.hash()).isEqualTo(verified.hash());
                assertThat(now.removed()).isEqualTo(30);
                assertThat(now.retentionRecords()).isEqualTo(5);
                kept.restart();
            }
        }
    }

    private static EventQuery query(String subject, String type) {
        return new EventQuery(
                type == null ? null : TypeFilter.of(List.of(type)),
                subject,
                null,
                null,
                null,
                null,
                null,
                null,
                1_000,
                EventQuery.Order.NEWEST_FIRST);
    }

    @ParameterizedTest
    @EnumSource
    void in_a_long_log_nothing_but_the_places_of_what_was_removed_is_left(Database database) {
        try (KeptLog kept = open(database)) {
            for (int i = 0; i < 12; i++) { // so many that SQLite seals them
                int first = i * 1_000;
                kept.log()
                        .events()
                        .append(IntStream.range(first, first + 1_000)
                                .mapToObj(each -> event(each % 3 == 0 ? "Risk" : "Trading", "e" + each, "s" + each % 7))
                                .toList());
            }
            kept.clock.advance(DAY.multipliedBy(2));
            kept.append("young-", 8);

            assertThat(kept.remove(700).events()).isEqualTo(8_000);

            kept.restart();
            assertThat(kept.everything()).hasSize(4_008);
            assertThat(kept.log().events().search(query("s1", "Trading.*")).events())
                    .isEmpty();
            assertThat(kept.verify().fault()).isNull();
            assertThat(kept.remove(700).events()).isZero();
            try (Subscription late = kept.join("late", Set.of("Trading"))) {
                await().until(() -> {
                    late.poll(1);
                    return late.lag() == 4;
                });
            }
            assertThat(kept.log().events().append(List.of(event("Trading", "e10001", "s1"))))
                    .containsExactly(new Published("e10001", true));
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_a_group_has_not_passed_stays_and_the_group_is_named(Database database) {
        try (KeptLog kept = open(database)) {
            List<DomainEvent> old = kept.append("old-", 40);
            kept.clock.advance(DAY.multipliedBy(2));
            List<String> risks = ids(old, "Risk");
            List<String> taken = kept.take("behind", Set.of("Risk"), 5);
            assertThat(kept.take("ahead", Set.of("Risk", "Trading"), 40)).hasSize(40);

            KeptLog.Removed removed = kept.remove(3);
            assertThat(removed.heldBackBy()).extracting(ReaderPosition::name).containsExactly("behind");
            assertThat(removed.events()).isLessThanOrEqualTo(6);
            RetentionReport report = kept.log().retention().examine(kept.cutoffs());
            assertThat(report.removable()).isEmpty();
            assertThat(report.blocked())
                    .extracting(share -> share.reader().name())
                    .containsExactly("behind");
            assertThat(report.blocked()).extracting(BlockedShare::events).containsExactly(20 - removed.events());

            taken.addAll(kept.take("behind", Set.of("Risk"), 15));
            assertThat(taken).containsExactlyInAnyOrderElementsOf(risks);
            AtomicLong total = new AtomicLong(removed.events());
            try (Subscription again = kept.join("behind", Set.of("Risk"))) { // goes on over what is of another domain
                await().until(() -> {
                    assertThat(again.poll(100).deliveries()).isEmpty();
                    return total.addAndGet(kept.remove(3).events()) == 20;
                });
            }
            assertThat(kept.verify().fault()).isNull();
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_group_that_joins_later_begins_with_the_first_that_is_there_and_is_not_behind_at_the_end(Database database) {
        try (KeptLog kept = open(database)) {
            List<DomainEvent> all = kept.append("old-", 30);
            try (Subscription holdsTheTail = kept.join("early", Set.of())) {
                assertThat(holdsTheTail.poll(1)).isNotNull();
                all = Stream.concat(all.stream(), kept.append("tail-", 10).stream())
                        .toList();
                kept.clock.advance(DAY.multipliedBy(2));
                kept.log().events().keepBehind("nobody", 0);
                kept.log().events().release("nobody");
            }
            kept.take("early", Set.of(), 40);
            AtomicLong removed = new AtomicLong();
            try (Subscription early = kept.join("early", Set.of())) {
                await().until(() -> {
                    early.poll(100);
                    return removed.addAndGet(kept.remove(100).events()) == 20;
                });
            }
            for (Set<String> domains : List.of(Set.of("Risk"), Set.<String>of(), Set.of("Trading", "Risk"))) {
                try (Subscription late = kept.join("late-" + domains.size(), domains)) {
                    List<String> taken = new ArrayList<>();
                    while (taken.size() < 20) {
                        var some = late.poll(100).deliveries();
                        some.forEach(each -> taken.add(each.event().id()));
                        late.settle(some);
                    }
                    assertThat(taken).containsExactlyInAnyOrderElementsOf(ids(all, "Risk"));
                    await().until(() -> late.poll(100).deliveries().isEmpty() && late.lag() == 0);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void what_was_removed_in_many_small_steps_while_events_are_appended_and_checked_is_sound(Database database) {
        AtomicBoolean enough = new AtomicBoolean();
        try (KeptLog kept = open(database)) {
            kept.append("old-", 2_000);
            kept.clock.advance(DAY.multipliedBy(2));
            List<CompletableFuture<Integer>> appenders = IntStream.range(0, 2)
                    .mapToObj(thread -> CompletableFuture.supplyAsync(() -> {
                        int batches = 0;
                        for (; !enough.get(); batches++) {
                            kept.log()
                                    .events()
                                    .append(List.of(event("Trading", "new-" + thread + "-" + batches, "a" + thread)));
                        }
                        return batches;
                    }))
                    .toList();
            CompletableFuture<Void> checking = CompletableFuture.runAsync(() -> {
                while (!enough.get()) {
                    assertThat(kept.verify().fault()).isNull();
                }
            });
            long removed;
            try {
                removed = kept.remove(23).events();
            } finally {
                enough.set(true);
            }
            checking.join();
            int appended = appenders.stream().mapToInt(CompletableFuture::join).sum();
            assertThat(removed).isEqualTo(1_000);
            assertThat(appended).isPositive();
            kept.restart();
            assertThat(kept.everything()).hasSize(1_000 + appended);
            assertThat(kept.verify().fault()).isNull();
        }
    }

    /// A check reads many rows at once: between two of these readings one event goes, and behind the second the next.
    @Test
    void events_that_are_removed_after_a_check_has_read_them_are_no_fault_on_postgresql() {
        try (KeptLog kept = open(Database.POSTGRESQL)) {
            for (int i = 0; i < 500; i += 4) {
                kept.log()
                        .events()
                        .append(IntStream.range(i, i + 4)
                                .mapToObj(each -> event("Risk", "risk-" + each, "account"))
                                .toList());
            }
            for (int i = 0; i < 4; i++) {
                kept.log().events().append(List.of(event("Trading", "trading-" + i, "account")));
            }
            kept.clock.advance(DAY.multipliedBy(2));

            Verification verified = kept.log().verify((checked, _) -> {
                if (checked == 496 || checked == 500) {
                    kept.log().retention().removeSome(kept.cutoffs(), 1, "tester");
                }
            });

            assertThat(verified.fault()).isNull();
            assertThat(kept.log().retention().removed()).isEqualTo(2);
        }
    }

    @Test
    void two_instances_on_postgresql_remove_each_event_once() {
        String url = Database.POSTGRESQL.url(folder);
        try (KeptLog one = new KeptLog(url);
                KeptLog other = new KeptLog(url)) {
            one.append("old-", 1_000);
            one.clock.advance(DAY.multipliedBy(2));
            other.clock.advance(DAY.multipliedBy(2));
            CompletableFuture<Long> ofOther =
                    CompletableFuture.supplyAsync(() -> other.remove(20).events());
            long ofOne = one.remove(20).events();
            assertThat(ofOne + ofOther.join()).isEqualTo(500);
            assertThat(one.everything()).hasSize(500).isEqualTo(other.everything());
            assertThat(one.verify().fault()).isNull();
            assertThat(one.log().retention().removed()).isEqualTo(500);
        }
    }

    @ParameterizedTest
    @EnumSource
    void a_platform_removes_by_itself_when_its_clock_says_so_and_when_it_is_told_to(Database database) {
        try (KeptLog kept = open(database);
                SteppedRuntime runtime = new SteppedRuntime(kept.clock);
                TradeSense tradesense = TradeSense.builder()
                        .log(kept.log())
                        .clock(kept.clock)
                        .runtime(runtime)
                        .retention(TRADING_FOR_A_DAY, new Retention.Pace(Duration.ofHours(1), 6))
                        .build()) {
            Retention retention = tradesense.retention().orElseThrow();
            kept.append("old-", 40);
            runtime.advance(DAY.minusSeconds(1));
            assertThat(retention.status().removed()).isZero();
            runtime.advance(Duration.ofHours(1).plusSeconds(2));
            assertThat(retention.status().removed()).isEqualTo(20);
            assertThat(retention.status().last().actor()).isEqualTo(Retention.ITSELF);
            kept.append("more-", 4);
            kept.clock.advance(DAY.plusSeconds(1));
            assertThat(retention.dryRun().events()).isEqualTo(2);
            retention.runNow("operator");
            runtime.advance(Duration.ofSeconds(1));
            assertThat(retention.status().removed()).isEqualTo(22);
        }
    }
}
