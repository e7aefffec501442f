package ai.tradesense.bench;

import ai.tradesense.TradeSense;
import ai.tradesense.bench.LettuceStreams.Flushing;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.testkit.services.RedisServer.Fsync;
import com.google.common.eventbus.AsyncEventBus;
import com.lmax.disruptor.dsl.Disruptor;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.stream.Environment;
import io.confluent.parallelconsumer.ParallelStreamProcessor;
import io.lettuce.core.RedisClient;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.context.support.GenericApplicationContext;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.kafka.listener.ConcurrentMessageListenerContainer;
import org.springframework.kafka.listener.ContainerProperties.AckMode;
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
            PGConnection.class,
            Disruptor.class,
            GenericApplicationContext.class,
            AsyncEventBus.class,
            RedisClient.class,
            StringRedisTemplate.class,
            KafkaProducer.class,
            ConcurrentMessageListenerContainer.class,
            ParallelStreamProcessor.class,
            ConnectionFactory.class,
            RabbitTemplate.class,
            Environment.class);

    private static final WarmKafka KAFKA = new WarmKafka();
    private static final int USUAL_CONCURRENCY = 32;
    private static final int BLOCKING_CONCURRENCY = 512;

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
    ///
    /// @param compare which others: those whose name has this in it; null for none
    Result run(@Nullable String compare, Consumer<String> progress) throws IOException {
        List<Contender> contenders = new ArrayList<>();
        contenders.add(ours());
        if (compare != null) {
            others().stream().filter(other -> other.name().contains(compare)).forEach(contenders::add);
        }
        return run(contenders, progress);
    }

    /// Measures ours when nothing fails, with all there is to meet failures and without, and when something does.
    Result runFailures(Consumer<String> progress) throws IOException {
        List<Contender> contenders = Stream.of(
                        Trouble.NONE_BUT_GUARDED,
                        Trouble.NONE_AND_UNGUARDED,
                        Trouble.SOME_FAIL_ONCE,
                        Trouble.ONE_SUBJECT_FAILS)
                .map(this::oursIn)
                .toList();
        return run(contenders, progress).withFailures();
    }

    /// Measures appends alone in turn with bare inserts, then what reading a long log costs.
    Result runStore(Consumer<String> progress) throws IOException {
        Contender bare = switch (plan.transport()) {
            case EMBEDDED -> new SqliteInserts(prepared, files, true);
            case POSTGRESQL -> new PostgresInserts(prepared);
            case MEMORY, REDIS, KAFKA, RABBITMQ, RABBITMQ_STREAM ->
                throw new BenchmarkException("there is no event store of ours on " + plan.transport());
        };
        Result appends = run(List.of(new StoreAppends(plan.transport(), prepared, files, clock), bare), progress);
        prepared.forget();
        return appends.withStore(new StoreReading(plan, files, catalog, clock, nanoClock, progress).run());
    }

    private Contender oursIn(Trouble trouble) {
        return switch (plan.transport()) {
            case EMBEDDED -> TradeSenseEmbedded.in(trouble, plan.firstRetry(), files, catalog, clock);
            case MEMORY -> new TradeSenseMemory(prepared, catalog, trouble, plan.firstRetry());
            case KAFKA -> TradeSenseOnKafka.in(trouble, plan.firstRetry(), KAFKA, files, catalog, clock);
            case REDIS, POSTGRESQL, RABBITMQ, RABBITMQ_STREAM ->
                throw new BenchmarkException("failures are not measured on " + plan.transport());
        };
    }

    private Result run(List<Contender> contenders, Consumer<String> progress) throws IOException {
        Machine machine = Machine.look(files.folder());
        Load load = new Load(plan.events(), plan.publishers(), plan.subjects());
        Round warmUp = new Round(load, Pacing.of(null), plan.batch(), nanoClock, Round.PATIENCE);
        Round round = new Round(load, Pacing.of(plan.rate()), plan.batch(), nanoClock, Round.PATIENCE);
        List<Standing> standings = new Benchmark(warmUp, round, plan, progress).run(contenders);
        Standing ours = standings.getFirst();
        Settings settings = Settings.of(plan, meanBytes(load), preparation(contenders), ours.settings(), MEASURED);
        return Result.of(plan, ours, standings.subList(1, standings.size()), settings, machine);
    }

    private Contender ours() {
        return switch (plan.transport()) {
            case EMBEDDED -> TradeSenseEmbedded.asItComes(files, catalog, clock);
            case MEMORY -> new TradeSenseMemory(prepared, catalog, Trouble.NONE, plan.firstRetry());
            case REDIS -> TradeSenseOnBroker.redis(Fsync.EVERYSEC, catalog, clock);
            case POSTGRESQL -> new TradeSensePostgres(catalog, clock);
            case KAFKA ->
                plan.blocking().isZero()
                        ? TradeSenseOnKafka.in(Trouble.NONE, Trouble.FIRST_RETRY, KAFKA, files, catalog, clock)
                        : TradeSenseOnKafka.blocking(
                                plan.blocking(), BLOCKING_CONCURRENCY, KAFKA, files, catalog, clock);
            case RABBITMQ -> TradeSenseOnBroker.rabbit(catalog, clock);
            case RABBITMQ_STREAM -> TradeSenseOnBroker.rabbitStreams(catalog, clock);
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
            case POSTGRESQL -> List.of(new PostgresInserts(prepared));
            case REDIS ->
                List.of(
                        new LettuceStreams(prepared, Flushing.PER_COMMAND),
                        new LettuceStreams(prepared, Flushing.BY_HAND),
                        new SpringDataRedis(prepared),
                        TradeSenseOnBroker.redis(Fsync.ALWAYS, catalog, clock));
            case KAFKA -> plan.blocking().isZero() ? othersOnKafka() : othersOnKafkaThatBlock(plan.blocking());
            case RABBITMQ ->
                List.of(new RabbitClient(prepared), SpringAmqp.tuned(prepared), SpringAmqp.asItComes(prepared));
            case RABBITMQ_STREAM -> List.of(new RabbitStreamClient(prepared));
        };
    }

    private List<Contender> othersOnKafka() {
        return List.of(
                KafkaClients.encodedBeforehand(KAFKA, prepared),
                KafkaClients.encoding(KAFKA, prepared, clock),
                new SpringKafka(KAFKA, prepared, AckMode.BATCH, Duration.ZERO),
                new SpringKafka(KAFKA, prepared, AckMode.RECORD, Duration.ZERO),
                new ParallelConsumer(KAFKA, prepared, USUAL_CONCURRENCY, Duration.ZERO));
    }

    private List<Contender> othersOnKafkaThatBlock(Duration blocking) {
        return List.of(
                new SpringKafka(KAFKA, prepared, AckMode.RECORD, blocking),
                new ParallelConsumer(KAFKA, prepared, BLOCKING_CONCURRENCY, blocking));
    }

    private String preparation(List<Contender> contenders) {
        if (!contenders.getFirst().delivers()) {
            return "events are made beforehand; ours checks them for duplicates and encodes them while the clock runs,"
                    + " for the raw client they are encoded beforehand";
        }
        return switch (plan.transport()) {
            case EMBEDDED ->
                "nothing: events are made, checked, encoded and, as far as the log and the worker need it, decoded while the clock runs";
            case REDIS, POSTGRESQL, KAFKA, RABBITMQ, RABBITMQ_STREAM ->
                "nothing for ours: events are made, checked, encoded, decoded and acknowledged while the clock runs; for the others, events are encoded beforehand";
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
