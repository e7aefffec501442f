package ai.tradesense.server;

import ai.tradesense.TradeSense;
import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.kafka.KafkaTransport;
import ai.tradesense.rabbitmq.RabbitSettings;
import ai.tradesense.rabbitmq.RabbitStreamSettings;
import ai.tradesense.rabbitmq.RabbitStreamTransport;
import ai.tradesense.rabbitmq.RabbitTransport;
import ai.tradesense.redis.RedisSettings;
import ai.tradesense.redis.RedisTls;
import ai.tradesense.redis.RedisTransport;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.config.StartupException;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What the configuration says that the platform stands on. The one place that knows how a transport, a store
/// and a place for parked events are made.
final class Foundation implements AutoCloseable {
    private final TradeSense.Builder builder;
    private final @Nullable JdbcLog log;
    private final Runnable release;

    private Foundation(TradeSense.Builder builder, @Nullable JdbcLog log, Runnable release) {
        this.builder = builder;
        this.log = log;
        this.release = release;
    }

    /// Opens it.
    ///
    /// @throws ai.tradesense.store.StoreException if the log cannot be used, saying why
    static Foundation open(Settings settings, InstantSource clock, MeterRegistry meters) {
        return switch (settings.transport()) {
            case EMBEDDED -> embedded(settings, clock, meters);
            case MEMORY -> memory(clock);
            case REDIS -> recorded(RedisTransport.open(redis(settings)), settings, clock, meters);
            case KAFKA -> recorded(KafkaTransport.open(settings.kafka()), settings, clock, meters);
            case RABBITMQ -> recorded(openRabbit(settings), settings, clock, meters);
        };
    }

    private static Foundation embedded(Settings settings, InstantSource clock, MeterRegistry meters) {
        create(settings.dataDirectory());
        JdbcLog log = openLog(settings.store(), clock, meters);
        return new Foundation(TradeSense.builder().log(log), log, log::close);
    }

    static RedisSettings redis(Settings settings) {
        Settings.Redis asked = settings.redis();
        RedisSettings redis;
        try {
            redis = RedisSettings.of(asked.url());
        } catch (IllegalArgumentException malformed) {
            throw new StartupException("tradesense.redis.url: " + malformed.getMessage() + ".", malformed);
        }
        try {
            return redis.withPrefix(asked.prefix())
                    .withPartitions(asked.partitions())
                    .withReplicas(asked.replicas())
                    .withTls(new RedisTls(asked.trusted(), asked.certificate(), asked.key()));
        } catch (IllegalArgumentException malformed) {
            throw new StartupException("tradesense.redis: " + malformed.getMessage() + ".", malformed);
        }
    }

    private static Transport openRabbit(Settings settings) {
        RabbitStreamSettings streams = settings.rabbit().streams();
        return streams == null ? RabbitTransport.open(rabbitmq(settings)) : RabbitStreamTransport.open(streams);
    }

    static RabbitSettings rabbitmq(Settings settings) {
        try {
            return RabbitSettings.of(settings.rabbit().url())
                    .withPrefix(settings.rabbit().prefix())
                    .withPartitions(settings.rabbit().partitions())
                    .withEventsPerMessage(settings.rabbit().eventsPerMessage());
        } catch (IllegalArgumentException malformed) {
            throw new StartupException("tradesense.rabbitmq: " + malformed.getMessage() + ".", malformed);
        }
    }

    /// A broker carries the events; the log records them and keeps what is parked.
    private static Foundation recorded(
            Transport transport, Settings settings, InstantSource clock, MeterRegistry meters) {
        JdbcLog log;
        try {
            requireCarried(settings, transport.maxPayloadBytes());
            create(settings.dataDirectory());
            log = openLog(settings.store(), clock, meters);
        } catch (RuntimeException failure) {
            transport.close();
            throw failure;
        }
        return new Foundation(TradeSense.builder().log(log).transport(transport), log, () -> {
            transport.close();
            log.close();
        });
    }

    /// Refuses a limit that lets in events which the transport does not carry.
    ///
    /// @param carried the largest data of an event that it does, in bytes
    static void requireCarried(Settings settings, int carried) {
        int allowed = settings.limits().maxPayloadBytes();
        if (allowed > carried) {
            throw new StartupException("tradesense.limits.max-payload-bytes is '" + allowed
                    + "' in the configuration; expected at most " + carried + ", the largest data that the transport "
                    + settings.transport().name().toLowerCase(Locale.ROOT) + " carries as it is set.");
        }
    }

    private static JdbcLog openLog(Settings.Store store, InstantSource clock, MeterRegistry meters) {
        return JdbcLog.open(
                store.url(),
                new JdbcLog.Settings(clock, meters).withTimeout(store.timeout()).withLease(store.lease()));
    }

    private static void create(Path dataDirectory) {
        try {
            Files.createDirectories(dataDirectory);
        } catch (IOException failure) {
            throw new StartupException(
                    "The data folder " + dataDirectory.toAbsolutePath() + " (tradesense.data-dir) cannot be made: "
                            + failure.getMessage() + ".",
                    failure);
        }
    }

    private static Foundation memory(InstantSource clock) {
        Transport transport = new MemoryTransport();
        return new Foundation(
                TradeSense.builder().transport(transport).store(new MemoryEventStore(clock)), null, transport::close);
    }

    /// A platform on it, to be completed.
    TradeSense.Builder builder() {
        return builder;
    }

    /// The log that is part of it; null if there is none.
    @Nullable
    JdbcLog log() {
        return log;
    }

    @Override
    public void close() {
        release.run();
    }
}
