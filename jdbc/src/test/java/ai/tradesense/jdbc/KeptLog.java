package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import ai.tradesense.retention.RetentionStore.Progress;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.testkit.VirtualClock;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Subscription;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;

/// A log whose events are removed, for tests: on either database, and on a clock that is moved by hand.
final class KeptLog implements AutoCloseable {
    enum Database {
        SQLITE,
        POSTGRESQL;

        String url(Path folder) {
            return this == SQLITE ? "jdbc:sqlite:" + folder.resolve("log.db") : PostgresServer.sharedUrl();
        }
    }

    static final Duration DAY = Duration.ofDays(1);
    static final RetentionPolicy TRADING_FOR_A_DAY = RetentionPolicy.KEEP_EVERYTHING.with("Trading", DAY);

    final VirtualClock clock = new VirtualClock();
    private final String url;
    private JdbcLog log;

    KeptLog(String url) {
        this.url = url;
        this.log = open();
    }

    private JdbcLog open() {
        return JdbcLog.open(url, new JdbcLog.Settings(clock, new CompositeMeterRegistry()));
    }

    JdbcLog log() {
        return log;
    }

    String url() {
        return url;
    }

    void restart() {
        log.close();
        log = open();
    }

    static DomainEvent event(String domain, String id, String subject) {
        return DomainEvent.builder(EventType.parse(domain + ".Order.Placed.v1"))
                .id(id)
                .source(URI.create("/kept"))
                .subject(subject)
                .time(VirtualClock.START)
                .correlationId("correlation-" + id)
                .data(Payload.json(("{\"secret\":\"" + id + "\"}").getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    /// Appends batches of four, of Trading and Risk in turns and of five subjects, with ids `prefix0` and so on.
    List<DomainEvent> append(String prefix, int events) {
        List<DomainEvent> appended = new ArrayList<>();
        for (int i = 0; i < events; i += 4) {
            List<DomainEvent> batch = new ArrayList<>();
            for (int each = i; each < Math.min(events, i + 4); each++) {
                batch.add(event(each % 2 == 0 ? "Trading" : "Risk", prefix + each, "account-" + each % 5));
            }
            log.events().append(batch);
            appended.addAll(batch);
        }
        return appended;
    }

    Cutoffs cutoffs() {
        return TRADING_FOR_A_DAY.at(clock.instant());
    }

    /// Removes what may be removed, so many at a time.
    Removed remove(int batch) {
        return remove(log, cutoffs(), batch);
    }

    record Removed(long events, List<ReaderPosition> heldBackBy) {}

    static Removed remove(JdbcLog log, Cutoffs cutoffs, int batch) {
        long events = 0;
        Progress progress = log.retention().removeSome(cutoffs, batch, "tester");
        for (events += progress.events(); !progress.isDone(); events += progress.events()) {
            progress = log.retention().removeSome(cutoffs, batch, "tester");
        }
        return new Removed(events, progress.heldBackBy());
    }

    List<StoredEvent> everything() {
        List<StoredEvent> all = new ArrayList<>();
        List<StoredEvent> page = log.events().read(0, EventQuery.ALL, 1_000).events();
        while (!page.isEmpty()) {
            all.addAll(page);
            page = log.events()
                    .read(page.getLast().position(), EventQuery.ALL, 1_000)
                    .events();
        }
        return all;
    }

    List<String> ids() {
        return everything().stream().map(stored -> stored.event().id()).toList();
    }

    Verification verify() {
        return log.verify((_, _) -> {});
    }

    /// A member of a group that begins at the first event.
    Subscription join(String group, Set<String> domains) {
        return log.transport().subscribe(new GroupMembership(group, domains, StartFrom.BEGINNING, 1_000_000), () -> {});
    }

    /// Takes so many events, settles them, and leaves.
    List<String> take(String group, Set<String> domains, int events) {
        List<String> taken = new ArrayList<>();
        try (Subscription subscription = join(group, domains)) {
            while (taken.size() < events) {
                List<Delivery> some = subscription.poll(events - taken.size()).deliveries();
                some.forEach(each -> taken.add(each.event().id()));
                subscription.settle(some);
                LockSupport.parkNanos(100_000);
            }
        }
        return taken;
    }

    @Override
    public void close() {
        log.close();
    }
}
