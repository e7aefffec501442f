package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A process that is killed in the middle of its work loses nothing that it was told is durable.
class CrashTest {
    private static final int KILLS = 4;
    private static final int LINES_BEFORE_KILL = 3_000;
    private static final String GROUP = "readers";

    @TempDir
    Path folder;

    @Test
    void what_was_acknowledged_survives_kill_9_and_no_position_is_beyond_what_was_settled() throws Exception {
        Path file = folder.resolve("log.db");
        Set<String> acknowledged = new HashSet<>();
        Set<String> begunToSettle = new HashSet<>();
        Set<String> parked = new HashSet<>();
        for (int kill = 0; kill < KILLS; kill++) {
            try (ChildProcess child = ChildProcess.start(Works.class, file.toString(), Integer.toString(kill))) {
                List<String> lines = new ArrayList<>();
                for (int i = 0; i < LINES_BEFORE_KILL; i++) {
                    lines.add(child.nextLine());
                }
                lines.addAll(child.kill());
                for (String line : lines) {
                    String id = line.substring(2);
                    switch (line.charAt(0)) {
                        case 'A' -> acknowledged.add(id);
                        case 'S' -> begunToSettle.add(id);
                        case 'P' -> parked.add(id);
                        default -> throw new AssertionError("the child says " + line);
                    }
                }
            }
            try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + file)) {
                List<String> stored = idsInOrder(log);
                assertThat(stored).doesNotHaveDuplicates().containsAll(acknowledged);
                assertThat(log.events().count()).isEqualTo(stored.size());
                assertThat(log.verify((_, _) -> {}).fault()).isNull();
                List<String> comeAgain = delivered(log, stored.size());
                assertThat(comeAgain).isEqualTo(stored.subList(stored.size() - comeAgain.size(), stored.size()));
                assertThat(begunToSettle).containsAll(stored.subList(0, stored.size() - comeAgain.size()));
                assertThat(parkedIds(log)).containsAll(parked);
                for (String id : stored.subList(Math.max(0, stored.size() - 20), stored.size())) {
                    assertThat(log.events().find(id)).isPresent();
                }
            }
        }
        assertThat(acknowledged).hasSizeGreaterThan(KILLS * 500);
        assertThat(begunToSettle).isNotEmpty();
        assertThat(parked).isNotEmpty();
    }

    private static List<String> idsInOrder(JdbcLog log) {
        List<String> ids = new ArrayList<>();
        List<StoredEvent> page = log.events().read(0, EventQuery.ALL, 10_000).events();
        while (!page.isEmpty()) {
            for (StoredEvent stored : page) {
                ids.add(stored.event().id());
                assertThat(stored.position()).isEqualTo(ids.size());
            }
            page = log.events()
                    .read(page.getLast().position(), EventQuery.ALL, 10_000)
                    .events();
        }
        return ids;
    }

    /// What the group gets that it has not settled; it settles nothing here either.
    private static List<String> delivered(JdbcLog log, int stored) {
        List<String> ids = new ArrayList<>();
        try (Subscription subscription = join(log)) {
            subscription.poll(1); // brings the partition
            long lag = subscription.lag();
            while (ids.size() < lag) {
                subscription
                        .poll(1_000)
                        .deliveries()
                        .forEach(each -> ids.add(each.event().id()));
            }
            assertThat(subscription.poll(1_000)).isEqualTo(Poll.EMPTY);
            assertThat(ids.size()).isLessThanOrEqualTo(stored);
        }
        return ids;
    }

    private static Subscription join(JdbcLog log) {
        GroupMembership membership = new GroupMembership(GROUP, Set.of(), StartFrom.BEGINNING, 1_000_000);
        return log.transport().subscribe(membership, () -> {});
    }

    private static List<String> parkedIds(JdbcLog log) {
        return log.parking().recent(GROUP, 1_000_000).stream()
                .map(identity -> identity.id())
                .toList();
    }

    /// Publishes by several threads, and reads, settles in any order and parks by one, and says what it does:
    /// `A` and an id when it is acknowledged, `P` when it is parked, `S` before it is settled.
    static final class Works {
        private Works() {}

        public static void main(String[] arguments) {
            JdbcLog log = JdbcLog.open("jdbc:sqlite:" + arguments[0]);
            int round = Integer.parseInt(arguments[1]);
            for (int publisher = 0; publisher < 3; publisher++) {
                int seed = round * 100 + publisher;
                Thread.ofPlatform().start(() -> publish(log, seed));
            }
            read(log, new Random(round));
        }

        private static void publish(JdbcLog log, int seed) {
            RandomEvents events = new RandomEvents(seed);
            Random random = new Random(seed);
            while (true) {
                List<DomainEvent> batch = new ArrayList<>();
                for (DomainEvent event : events.plain(1 + random.nextInt(40))) {
                    batch.add(seed % 3 == 0 ? event : RandomEvents.withId(event, seed + "-" + event.id()));
                }
                for (Published published : log.transport().send(batch)) {
                    say('A', published.id());
                }
            }
        }

        private static void read(JdbcLog log, Random random) {
            Subscription subscription = join(log);
            List<Delivery> unsettled = new ArrayList<>();
            while (true) {
                unsettled.addAll(subscription.poll(50).deliveries());
                if (unsettled.size() < 200) {
                    LockSupport.parkNanos(1_000_000);
                    continue;
                }
                Collections.shuffle(unsettled, random);
                List<Delivery> some = unsettled.subList(0, 100);
                DomainEvent first = some.getFirst().event();
                log.parking().apply(List.of(new ParkingChange.Park(parked(first))));
                say('P', first.id());
                some.forEach(each -> say('S', each.event().id()));
                subscription.settle(some);
                some.clear();
            }
        }

        private static ParkedEvent parked(DomainEvent event) {
            return new ParkedEvent(
                    0,
                    GROUP,
                    "worker",
                    event.orderKey(),
                    event.source().toString(),
                    event.id(),
                    event,
                    null,
                    null,
                    Progress.FOLLOWER,
                    Instant.EPOCH,
                    List.of());
        }

        private static void say(char what, String id) {
            System.out.println(what + " " + id);
        }
    }
}
