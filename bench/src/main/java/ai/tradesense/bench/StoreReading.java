package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.aggregate.Aggregate;
import ai.tradesense.aggregate.Repository;
import ai.tradesense.aggregate.Versioned;
import ai.tradesense.bench.Result.Loaded;
import ai.tradesense.bench.Result.Read;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.store.EventFollower;
import ai.tradesense.store.EventQuery;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.math.BigDecimal;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.HdrHistogram.Histogram;

/// Reads one long log: all of it, by a follower that begins at its beginning, and two aggregates in it, of which
/// one has its events beside each other and the other has them spread over the whole log.
final class StoreReading {
    /// How many events an aggregate has.
    static final int AGGREGATE_EVENTS = 1_000;

    private static final String TOGETHER = "together";
    private static final String SPREAD = "spread";
    private static final int LOADS_IN_ROUND = 40;
    private static final int LOADS_IN_WARM_UP = 100;
    private static final long HIGHEST_NANOS = 60_000_000_000L;

    /// What is loaded.
    private record Orders(int placed, BigDecimal lots) {
        Orders placed(OrderPlaced order) {
            return new Orders(placed + 1, lots.add(order.quantity()));
        }
    }

    private static final Aggregate<Orders> ORDERS = Aggregate.named("orders", "Trading", new Orders(0, BigDecimal.ZERO))
            .on(OrderPlaced.class, Orders::placed)
            .build();

    /// What came of it.
    record Outcome(Read read, List<Loaded> loads) {}

    private final Plan plan;
    private final BenchmarkFiles files;
    private final EventCatalog catalog;
    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final Consumer<String> progress;

    StoreReading(
            Plan plan,
            BenchmarkFiles files,
            EventCatalog catalog,
            InstantSource clock,
            LongSupplier nanoClock,
            Consumer<String> progress) {
        this.plan = plan;
        this.files = files;
        this.catalog = catalog;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.progress = progress;
    }

    /// Fills a log with as many events as a round has, and two aggregates, and reads it.
    Outcome run() throws IOException {
        try (LogPlace place = LogPlace.of(plan.transport(), files);
                JdbcLog log = JdbcLog.open(place.url(), new JdbcLog.Settings(clock, new SimpleMeterRegistry()));
                TradeSense tradesense = TradeSense.builder()
                        .source(Platforms.SOURCE)
                        .registry(catalog)
                        .log(log)
                        .build()) {
            fill(tradesense);
            return new Outcome(readAll(tradesense), List.of(load(tradesense, TOGETHER), load(tradesense, SPREAD)));
        }
    }

    private void fill(TradeSense tradesense) {
        progress.accept(String.format(Locale.ROOT, "storing %,d events to be read", plan.events()));
        Load load = new Load(plan.events(), 1, plan.subjects());
        for (int each = 0; each < AGGREGATE_EVENTS; each++) {
            List<DomainEvent> batch = new ArrayList<>();
            int end = end(each);
            for (int index = each == 0 ? 0 : end(each - 1); index < end; index++) {
                batch.add(tradesense.event(load.order(index, clock.instant())).build());
            }
            batch.add(tradesense.event(order(SPREAD, load, each)).build());
            tradesense.store().orElseThrow().append(batch);
        }
        List<DomainEvent> together = new ArrayList<>();
        for (int each = 0; each < AGGREGATE_EVENTS; each++) {
            together.add(tradesense.event(order(TOGETHER, load, each)).build());
        }
        tradesense.store().orElseThrow().append(together);
    }

    private int end(int each) {
        return (int) ((each + 1L) * plan.events() / AGGREGATE_EVENTS);
    }

    private OrderPlaced order(String account, Load load, int index) {
        OrderPlaced order = load.order(index % load.events(), clock.instant());
        return new OrderPlaced(
                account,
                order.orderId(),
                order.instrument(),
                order.side(),
                order.kind(),
                order.quantity(),
                order.price(),
                order.stopLoss(),
                order.takeProfit(),
                order.placedAt());
    }

    private Read readAll(TradeSense tradesense) {
        List<Double> rounds = new ArrayList<>();
        long head = tradesense.store().orElseThrow().head();
        for (int round = 0; round < plan.warmup() + plan.rounds(); round++) {
            double eventsPerSecond = head * 1e9 / follow(tradesense, head);
            progress.accept(String.format(Locale.ROOT, "read %,d events, %,.0f events/s", head, eventsPerSecond));
            if (round >= plan.warmup()) {
                rounds.add(eventsPerSecond);
            }
        }
        rounds.sort(null);
        return new Read(
                head,
                Math.round(rounds.get(rounds.size() / 2)),
                Math.round(rounds.getFirst()),
                Math.round(rounds.getLast()));
    }

    /// @return how many nanoseconds it took until the last event was handed over
    private long follow(TradeSense tradesense, long head) {
        AtomicLong position = new AtomicLong();
        CountDownLatch done = new CountDownLatch(1);
        long from = nanoClock.getAsLong();
        try (EventFollower follower = tradesense.follow("bench", 0, EventQuery.ALL, event -> {
            if (event.position() != position.get() + 1) {
                throw new BenchmarkException(
                        "position " + event.position() + " was read behind " + position + ", expected the next");
            }
            position.setPlain(event.position());
            if (event.position() == head) {
                done.countDown();
            }
        })) {
            if (!done.await(Round.PATIENCE.toSeconds() * 10, TimeUnit.SECONDS)) {
                throw new BenchmarkException(
                        "a follower came to " + follower.position() + " of " + head + " and no further");
            }
            return nanoClock.getAsLong() - from;
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
            throw new BenchmarkException("interrupted", interrupted);
        }
    }

    private Loaded load(TradeSense tradesense, String subject) {
        Repository<Orders> repository = tradesense.repository(ORDERS);
        Histogram took = new Histogram(HIGHEST_NANOS, 3);
        int warmUp = plan.warmup() * LOADS_IN_WARM_UP;
        for (int each = 0; each < warmUp + plan.rounds() * LOADS_IN_ROUND; each++) {
            long from = nanoClock.getAsLong();
            Versioned<Orders> loaded = repository.load(subject);
            long nanos = nanoClock.getAsLong() - from;
            if (loaded.version() != AGGREGATE_EVENTS || loaded.state().placed() != AGGREGATE_EVENTS) {
                throw new BenchmarkException(
                        "the aggregate has " + loaded.state().placed() + " events at version " + loaded.version()
                                + ", expected " + AGGREGATE_EVENTS);
            }
            if (each >= warmUp) {
                took.recordValue(Math.min(nanos, HIGHEST_NANOS));
            }
        }
        Loaded found = new Loaded(subject, AGGREGATE_EVENTS, plan.events(), Percentiles.of(took));
        progress.accept(String.format(
                Locale.ROOT,
                "loaded an aggregate, %s: %,.1f ms",
                subject,
                found.took().p50() / 1_000));
        return found;
    }
}
