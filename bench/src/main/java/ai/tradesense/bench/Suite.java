package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import com.google.common.eventbus.AsyncEventBus;
import com.lmax.disruptor.dsl.Disruptor;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.springframework.context.support.GenericApplicationContext;
import org.sqlite.SQLiteConnection;
import tools.jackson.databind.ObjectMapper;

/// Who is measured for which transport, and how.
final class Suite {
    private static final List<Class<?>> MEASURED = List.of(
            TradeSense.class,
            OrderPlaced.class,
            ObjectMapper.class,
            MeterRegistry.class,
            SQLiteConnection.class,
            Disruptor.class,
            GenericApplicationContext.class,
            AsyncEventBus.class);

    private final Plan plan;
    private final BenchmarkFiles files;
    private final InstantSource clock;
    private final LongSupplier nanoClock;
    private final PreparedEvents prepared;
    private final EventCatalog catalog = EventCatalog.standard();

    Suite(Plan plan, BenchmarkFiles files, InstantSource clock, LongSupplier nanoClock) {
        this.plan = plan;
        this.files = files;
        this.clock = clock;
        this.nanoClock = nanoClock;
        this.prepared = new PreparedEvents(clock);
    }

    /// Measures ours, and the others if they are asked for.
    Result run(boolean compare, Consumer<String> progress) throws IOException {
        Machine machine = Machine.look(files.folder());
        Load load = new Load(plan.events(), plan.publishers(), plan.subjects());
        List<Contender> contenders = new ArrayList<>();
        contenders.add(ours());
        if (compare) {
            contenders.addAll(others());
        }
        Round round = new Round(load, Pacing.of(plan.rate()), plan.batch(), nanoClock, Round.PATIENCE);
        List<Standing> standings = new Benchmark(round, plan, progress).run(contenders);
        Standing ours = standings.getFirst();
        Settings settings = Settings.of(plan, meanBytes(load), preparation(), ours.settings(), MEASURED);
        return Result.of(plan, ours, standings.subList(1, standings.size()), settings, machine);
    }

    private Contender ours() {
        return switch (plan.transport()) {
            case EMBEDDED -> TradeSenseEmbedded.asItComes(files, catalog, clock);
            case MEMORY -> new TradeSenseMemory(prepared, catalog);
        };
    }

    private List<Contender> others() {
        return switch (plan.transport()) {
            case EMBEDDED ->
                List.of(
                        new SqliteInserts(prepared, files, true),
                        new SqliteInserts(prepared, files, false),
                        TradeSenseEmbedded.fromTheFile(files, catalog, clock));
            case MEMORY ->
                List.of(new DisruptorRing(prepared), new SpringEvents(prepared), new GuavaEventBus(prepared));
        };
    }

    private String preparation() {
        return switch (plan.transport()) {
            case EMBEDDED ->
                "nothing: events are made, checked, encoded and, as far as the log and the worker need it, decoded while the clock runs";
            case MEMORY -> "events are made beforehand; the objects themselves are handed over";
        };
    }

    /// The mean size of an event as JSON.
    private double meanBytes(Load load) {
        int sampled = Math.min(load.events(), 1_000);
        long bytes = 0;
        for (DomainEvent event : prepared.of(new Load(sampled, 1, load.subjects()))) {
            bytes += CloudEventJson.write(event.envelope()).length;
        }
        return Math.round(bytes * 10.0 / sampled) / 10.0;
    }
}
