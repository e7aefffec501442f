package ai.tradesense.server.config;

import ai.tradesense.bus.Limits;
import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.events.EventType;
import ai.tradesense.kafka.KafkaSettings;
import ai.tradesense.rabbitmq.RabbitSettings;
import ai.tradesense.rabbitmq.RabbitStreamSettings;
import ai.tradesense.rabbitmq.RabbitStreamSettings.Addresses;
import ai.tradesense.retention.Retention;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.server.config.Settings.Demo;
import ai.tradesense.server.config.Settings.HttpLimits;
import ai.tradesense.server.config.Settings.Keeping;
import ai.tradesense.server.config.Settings.Rabbit;
import ai.tradesense.server.config.Settings.Redis;
import ai.tradesense.server.config.Settings.Store;
import ai.tradesense.server.config.Settings.TransportName;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.source.ConfigurationPropertyName;
import org.springframework.boot.context.properties.source.ConfigurationPropertySource;
import org.springframework.boot.context.properties.source.ConfigurationPropertySources;
import org.springframework.boot.context.properties.source.IterableConfigurationPropertySource;
import org.springframework.boot.convert.DurationStyle;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.StandardEnvironment;

/// Reads [Settings] and refuses what it does not understand. The keys it has asked for are the keys there
/// are, so that any other key under `tradesense` is a mistake, and none is ignored.
public final class SettingsReader {
    private static final String PREFIX = "tradesense";
    private static final String FOREVER = "forever";

    private final ConfigurableEnvironment environment;
    private final Set<ConfigurationPropertyName> known = new TreeSet<>();

    private SettingsReader(ConfigurableEnvironment environment) {
        this.environment = environment;
    }

    /// Reads the settings.
    ///
    /// @throws StartupException naming the key that is wrong
    public static Settings read(ConfigurableEnvironment environment) {
        SettingsReader reader = new SettingsReader(environment);
        Settings settings = reader.settings();
        reader.refuseUnknownKeys();
        return settings;
    }

    private Settings settings() {
        Path dataDirectory = path("data-dir", "./data");
        TransportName transport = transport();
        return new Settings(
                transport,
                dataDirectory,
                store(dataDirectory),
                redis(),
                kafka(transport),
                rabbit(),
                new Limits(
                        positive("limits.max-payload-bytes", Limits.DEFAULT.maxPayloadBytes()),
                        positive("limits.max-batch-events", Limits.DEFAULT.maxBatchEvents()),
                        positive("limits.max-in-flight", Limits.DEFAULT.maxInFlight()),
                        positive("limits.poll-events", Limits.DEFAULT.pollEvents()),
                        positive("limits.max-parked", Limits.DEFAULT.maxParked())),
                new HttpLimits(
                        positive("limits.max-request-bytes", 8 * 1024 * 1024),
                        positive("limits.max-publishes-in-flight", 256),
                        positive("limits.max-buffered-bytes", 64 * 1024 * 1024),
                        positive("limits.max-tail-clients", 100)),
                duration("tail.heartbeat", Duration.ofSeconds(10)),
                retention(),
                demo());
    }

    private TransportName transport() {
        String name = text("transport", "embedded");
        for (TransportName transport : TransportName.values()) {
            if (transport.name().toLowerCase(Locale.ROOT).equals(name)) {
                return transport;
            }
        }
        String available = Arrays.stream(TransportName.values())
                .map(transport -> transport.name().toLowerCase(Locale.ROOT))
                .collect(Collectors.joining(", "));
        throw wrong("transport", name, "one of the transports of this server: " + available);
    }

    private Store store(Path dataDirectory) {
        return new Store(
                storeUrl(dataDirectory),
                atLeastMillis("store.timeout", Duration.ofSeconds(10), 100),
                atLeastMillis("store.lease", Duration.ofSeconds(10), 100));
    }

    /// A wrong URL is not repeated: it may hold a password.
    private String storeUrl(Path dataDirectory) {
        String url = text("store.url", "jdbc:sqlite:" + dataDirectory.resolve("tradesense.db"));
        if (!url.startsWith("jdbc:sqlite:") && !url.startsWith("jdbc:postgresql:")) {
            throw new StartupException(PREFIX
                    + ".store.url in the configuration starts with neither jdbc:sqlite: nor jdbc:postgresql:; expected"
                    + " for example jdbc:postgresql://localhost:5432/tradesense?user=tradesense.");
        }
        return url;
    }

    /// A wrong URL is not repeated: it may hold a password.
    private Redis redis() {
        String url = text("redis.url", "redis://127.0.0.1:6379");
        if (!url.startsWith("redis://") && !url.startsWith("rediss://")) {
            throw new StartupException(PREFIX
                    + ".redis.url in the configuration is no URL of Redis; expected for example"
                    + " redis://127.0.0.1:6379, or rediss:// with TLS.");
        }
        return new Redis(
                url,
                text("redis.prefix", "tradesense"),
                positive("redis.partitions", 8),
                Math.clamp(number("redis.replicas", 0), -1, Integer.MAX_VALUE), // its own settings check it
                file("redis.tls.trusted"),
                file("redis.tls.certificate"),
                file("redis.tls.key"));
    }

    private KafkaSettings kafka(TransportName transport) {
        Path clientFile = path("kafka.client-file", "");
        KafkaSettings unchecked = KafkaSettings.of("127.0.0.1:9092");
        try {
            return new KafkaSettings(
                    text("kafka.servers", unchecked.servers()),
                    text("kafka.prefix", unchecked.prefix()),
                    positive("kafka.partitions", unchecked.partitions()),
                    (int) number("kafka.replication", unchecked.replication()),
                    duration("kafka.retention", unchecked.retention()),
                    duration("kafka.lease", unchecked.lease()),
                    duration("kafka.timeout", unchecked.timeout()),
                    unchecked.remembered(),
                    positive("kafka.max-message-bytes", unchecked.maxMessageBytes()),
                    value("kafka.instance"),
                    transport == TransportName.KAFKA ? clientProperties(clientFile) : Map.of());
        } catch (IllegalArgumentException refused) {
            throw new StartupException(PREFIX + ".kafka: " + refused.getMessage() + ".", refused);
        }
    }

    /// What Kafka's own tools take as their configuration: how to log in, and whom to trust.
    private static Map<String, String> clientProperties(Path file) {
        if (file.toString().isEmpty()) {
            return Map.of();
        }
        Properties properties = new Properties();
        try (Reader reader = Files.newBufferedReader(file)) {
            properties.load(reader);
        } catch (IOException unreadable) {
            throw new StartupException(
                    PREFIX + ".kafka.client-file: " + file.toAbsolutePath() + " cannot be read.", unreadable);
        }
        Map<String, String> all = new HashMap<>();
        properties.forEach((name, value) -> all.put(name.toString(), value.toString()));
        return all;
    }

    /// A wrong URL is not repeated: it may hold a password.
    private Rabbit rabbit() {
        String url = text("rabbitmq.url", "amqp://127.0.0.1:5672");
        if (!url.startsWith("amqp://") && !url.startsWith("amqps://")) {
            throw new StartupException(PREFIX
                    + ".rabbitmq.url in the configuration is no URL of RabbitMQ; expected for example"
                    + " amqp://127.0.0.1:5672, or amqps:// with TLS.");
        }
        String prefix = text("rabbitmq.prefix", "tradesense");
        int partitions = positive("rabbitmq.partitions", 8);
        int eventsPerMessage = positive("rabbitmq.events-per-message", RabbitSettings.DEFAULT_EVENTS_PER_MESSAGE);
        return new Rabbit(url, prefix, partitions, eventsPerMessage, streams(prefix, partitions));
    }

    /// How streams are used; null if queues are.
    private @Nullable RabbitStreamSettings streams(String prefix, int partitions) {
        String mode = text("rabbitmq.mode", "quorum");
        if (!mode.equals("quorum") && !mode.equals("stream")) {
            throw wrong("rabbitmq.mode", mode, "quorum or stream");
        }
        try {
            RabbitStreamSettings usual = RabbitStreamSettings.of("rabbitmq-stream://127.0.0.1:5552");
            RabbitStreamSettings streams = new RabbitStreamSettings(
                    text("rabbitmq.stream.url", usual.url()),
                    prefix,
                    partitions,
                    duration("rabbitmq.stream.lease", usual.lease()),
                    duration("rabbitmq.stream.timeout", usual.timeout()),
                    usual.remembered(),
                    duration("rabbitmq.stream.retention", usual.retention()),
                    number("rabbitmq.stream.retention-bytes", usual.retentionBytes()),
                    number("rabbitmq.stream.segment-bytes", usual.segmentBytes()),
                    addresses());
            return mode.equals("stream") ? streams : null;
        } catch (IllegalArgumentException refused) {
            throw new StartupException(PREFIX + ".rabbitmq.stream: " + refused.getMessage() + ".", refused);
        }
    }

    private Addresses addresses() {
        String addresses = text("rabbitmq.stream.addresses", "advertised");
        return switch (addresses) {
            case "advertised" -> Addresses.ADVERTISED;
            case "configured" -> Addresses.CONFIGURED;
            default -> throw wrong("rabbitmq.stream.addresses", addresses, "advertised or configured");
        };
    }

    /// `tradesense.retention.DOMAIN`, for domains of the catalogue; what else is there is no domain.
    private Keeping retention() {
        Map<String, Duration> ages = new TreeMap<>();
        Set<String> forever = new TreeSet<>();
        for (String domain : EventCatalog.standard().types().stream()
                .map(EventType::domain)
                .distinct()
                .toList()) {
            String key = "retention." + domain.toLowerCase(Locale.ROOT);
            String value = value(key);
            if (FOREVER.equals(value)) {
                forever.add(domain);
            } else if (value != null) {
                ages.put(domain, duration(key, Duration.ZERO));
            }
        }
        String rest = text("retention.default", FOREVER);
        RetentionPolicy policy = new RetentionPolicy(
                ages, forever, rest.equals(FOREVER) ? null : duration("retention.default", Duration.ZERO));
        Retention.Pace usual = Retention.Pace.USUAL;
        int batch = positive("retention.batch-events", usual.batchEvents());
        if (batch > Retention.Pace.MAX_BATCH_EVENTS) {
            throw wrong(
                    "retention.batch-events",
                    Integer.toString(batch),
                    "a whole number from 1 to " + Retention.Pace.MAX_BATCH_EVENTS);
        }
        return new Keeping(policy, new Retention.Pace(duration("retention.every", usual.every()), batch));
    }

    private Demo demo() {
        String prices = text("demo.prices", "");
        return new Demo(
                flag("demo.enabled"),
                prices.isEmpty() ? null : path("demo.prices", ""),
                number("demo.seed", 42),
                positive("demo.accounts", 25),
                text("demo.speed", "10"));
    }

    private String text(String key, String otherwise) {
        String value = value(key);
        return value == null ? otherwise : value;
    }

    private @Nullable String value(String key) {
        known.add(ConfigurationPropertyName.of(PREFIX + "." + key));
        return environment.getProperty(PREFIX + "." + key);
    }

    private int positive(String key, int otherwise) {
        long value = number(key, otherwise);
        if (value < 1 || value > Integer.MAX_VALUE) {
            throw wrong(key, Long.toString(value), "a whole number from 1 to " + Integer.MAX_VALUE);
        }
        return (int) value;
    }

    private long number(String key, long otherwise) {
        String value = value(key);
        if (value == null) {
            return otherwise;
        }
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException notANumber) {
            throw wrong(key, value, "a whole number");
        }
    }

    private boolean flag(String key) {
        String value = text(key, "false");
        return switch (value) {
            case "true" -> true;
            case "false" -> false;
            default -> throw wrong(key, value, "true or false");
        };
    }

    private Duration duration(String key, Duration otherwise) {
        String value = value(key);
        if (value == null) {
            return otherwise;
        }
        Duration duration;
        try {
            duration = DurationStyle.detectAndParse(value);
        } catch (IllegalArgumentException notADuration) {
            throw wrong(key, value, "a duration such as 10s");
        }
        if (duration.isNegative() || duration.isZero()) {
            throw wrong(key, value, "a duration above 0");
        }
        return duration;
    }

    private Duration atLeastMillis(String key, Duration otherwise, long millis) {
        Duration duration = duration(key, otherwise);
        if (duration.compareTo(Duration.ofMillis(millis)) < 0) {
            throw wrong(key, text(key, ""), "a duration of " + millis + "ms or more");
        }
        return duration;
    }

    private @Nullable Path file(String key) {
        Path file = path(key, "");
        return file.toString().isEmpty() ? null : file;
    }

    private Path path(String key, String otherwise) {
        String value = text(key, otherwise);
        try {
            return Path.of(value);
        } catch (InvalidPathException invalid) {
            throw wrong(key, value, "a path of this file system");
        }
    }

    private static StartupException wrong(String key, String found, String expected) {
        return new StartupException(
                PREFIX + "." + key + " is '" + found + "' in the configuration; expected " + expected + ".");
    }

    /// The environment variables of the system are left out: `TRADESENSE_…` may be meant for others.
    private void refuseUnknownKeys() {
        ConfigurationPropertyName prefix = ConfigurationPropertyName.of(PREFIX);
        for (ConfigurationPropertySource source : ConfigurationPropertySources.get(environment)) {
            if (source instanceof IterableConfigurationPropertySource keys && !isSystemEnvironment(source)) {
                keys.stream()
                        .filter(key -> (prefix.isAncestorOf(key) || prefix.equals(key)) && !known.contains(key))
                        .findFirst()
                        .ifPresent(this::refuse);
            }
        }
    }

    private void refuse(ConfigurationPropertyName key) {
        List<String> keys =
                known.stream().map(ConfigurationPropertyName::toString).toList();
        String meant = NearestKey.to(key.toString(), keys);
        throw new StartupException("The configuration has the key " + key + ", which this server does not know"
                + (meant == null ? "; expected " : "; did you mean " + meant + "? Expected is one of ")
                + String.join(", ", keys) + ".");
    }

    private static boolean isSystemEnvironment(ConfigurationPropertySource source) {
        return source.getUnderlyingSource() instanceof org.springframework.core.env.PropertySource<?> properties
                && StandardEnvironment.SYSTEM_ENVIRONMENT_PROPERTY_SOURCE_NAME.equals(properties.getName());
    }
}
