package ai.tradesense.jdbc;

import static ai.tradesense.jdbc.KeptLog.DAY;
import static ai.tradesense.jdbc.KeptLog.TRADING_FOR_A_DAY;
import static ai.tradesense.jdbc.KeptLog.event;
import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.KeptLog.Database;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.testkit.VirtualClock;
import ai.tradesense.transport.Published;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A process that is killed in the midst of a removal leaves each event either there or removed and recorded.
class RetentionCrashTest {
    private static final int KILLS = 4;
    private static final int OLD = 3_000;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource
    void each_event_is_there_or_recorded_as_removed_whenever_the_process_is_killed(Database database) throws Exception {
        String url = database.url(folder);
        List<DomainEvent> old;
        try (KeptLog kept = new KeptLog(url)) {
            old = kept.append("old-", OLD);
        }
        Set<String> acknowledged = new HashSet<>();
        long removed = 0;
        for (int kill = 0; kill < KILLS; kill++) {
            List<String> lines = new ArrayList<>();
            try (ChildProcess child = ChildProcess.start(Removes.class, url, Integer.toString(kill))) {
                int wanted = 60 + 25 * kill;
                while (lines.size() < wanted) {
                    lines.add(child.nextLine());
                }
                lines.addAll(child.kill());
            }
            long said = 0;
            for (String line : lines) {
                if (line.startsWith("R ")) {
                    said += Long.parseLong(line.substring(2));
                } else {
                    acknowledged.add(line.substring(2));
                }
            }
            try (KeptLog kept = new KeptLog(url)) {
                long recorded = kept.log().retention().removed();
                assertThat(recorded).isGreaterThanOrEqualTo(removed + said);
                removed = recorded;
                List<StoredEvent> left = kept.everything();
                assertThat(left).hasSize((int) kept.log().events().count());
                assertThat(kept.log().events().head()).isEqualTo(left.size() + removed);
                assertThat(kept.ids()).doesNotHaveDuplicates().containsAll(acknowledged);
                Verification found = kept.verify();
                assertThat(found.fault()).isNull();
                assertThat(found.removed()).isEqualTo(removed);
                assertThat(kept.log().events().append(old.subList(0, 200))).allMatch(Published::duplicate);
            }
        }
        assertThat(removed).isPositive();
        assertThat(acknowledged).isNotEmpty();
        try (KeptLog kept = new KeptLog(url)) {
            kept.clock.advance(DAY.multipliedBy(2));
            kept.remove(2_000);
            assertThat(kept.ids()).filteredOn(id -> id.startsWith("old-")).hasSize(OLD / 2);
            assertThat(kept.verify().fault()).isNull();
        }
    }

    /// Removes a few events at a time and says how many (`R`), and appends meanwhile and says what was acknowledged
    /// (`A`).
    static final class Removes {
        private Removes() {}

        public static void main(String[] arguments) {
            VirtualClock clock = new VirtualClock();
            clock.advance(DAY.multipliedBy(2));
            JdbcLog log = JdbcLog.open(arguments[0], new JdbcLog.Settings(clock, new CompositeMeterRegistry()));
            Thread.ofPlatform().start(() -> {
                for (int i = 0; ; i++) {
                    String id = "new-" + arguments[1] + "-" + i;
                    log.events().append(List.of(event("Risk", id, "s" + i % 9)));
                    System.out.println("A " + id);
                }
            });
            while (true) {
                long events = log.retention()
                        .removeSome(TRADING_FOR_A_DAY.at(clock.instant()), 5, "child")
                        .events();
                System.out.println("R " + events);
            }
        }
    }
}
