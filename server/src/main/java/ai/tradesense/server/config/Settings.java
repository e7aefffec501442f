package ai.tradesense.server.config;

import ai.tradesense.bus.Limits;
import ai.tradesense.kafka.KafkaSettings;
import ai.tradesense.rabbitmq.RabbitStreamSettings;
import ai.tradesense.retention.Retention;
import ai.tradesense.retention.RetentionPolicy;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// What the configuration under `tradesense.*` says, checked; see [SettingsReader].
///
/// @param transport what carries the events
/// @param dataDirectory where files are kept
/// @param store the log
/// @param redis Redis; looked at only if it is the transport
/// @param kafka how Kafka is used; the file of client properties is read only if it is the transport
/// @param rabbit RabbitMQ; looked at only if it is the transport
/// @param limits the platform's limits
/// @param httpLimits the limits of the HTTP API
/// @param tailHeartbeat how long a tail is silent at most
/// @param retention how long events are kept in the log
/// @param demo the trading desk
public record Settings(
        TransportName transport,
        Path dataDirectory,
        Store store,
        Redis redis,
        KafkaSettings kafka,
        Rabbit rabbit,
        Limits limits,
        HttpLimits httpLimits,
        Duration tailHeartbeat,
        Keeping retention,
        Demo demo) {

    /// The transports of this server.
    public enum TransportName {
        EMBEDDED,
        MEMORY,
        REDIS,
        KAFKA,
        RABBITMQ;

        /// Whether the events are carried by a broker, which several instances can have together.
        public boolean isBroker() {
            return this != EMBEDDED && this != MEMORY;
        }
    }

    /// The log.
    ///
    /// @param url its JDBC URL
    /// @param timeout how long one statement may take; PostgreSQL only
    /// @param lease for how long a member of a group that shows no life keeps its partitions; PostgreSQL only
    public record Store(String url, Duration timeout, Duration lease) {
        /// Whether several instances can have it together; a file is one instance's.
        public boolean isShared() {
            return url.startsWith("jdbc:postgresql:");
        }
    }

    /// The Redis that carries the events.
    ///
    /// @param url its URL
    /// @param prefix what the names of its keys begin with
    /// @param partitions how many streams there are per domain
    /// @param replicas how many replicas must have an event before a publish completes
    /// @param trusted certificates that its own must be signed by, in PEM form; null leaves that to the JVM
    /// @param certificate what is shown to a Redis that asks for one, in PEM form
    /// @param key the private key of that
    public record Redis(
            String url,
            String prefix,
            int partitions,
            int replicas,
            @Nullable Path trusted,
            @Nullable Path certificate,
            @Nullable Path key) {}

    /// How long events are kept.
    ///
    /// @param policy by domain
    /// @param pace when, and how much at a time
    public record Keeping(RetentionPolicy policy, Retention.Pace pace) {}

    /// The RabbitMQ that carries the events.
    ///
    /// @param url its URL, for queues
    /// @param prefix what the names of its exchanges and queues begin with
    /// @param partitions how many queues a group has per domain
    /// @param eventsPerMessage how many events of a partition are one message of a queue at most
    /// @param streams how its streams are used; null if queues are
    public record Rabbit(
            String url,
            String prefix,
            int partitions,
            int eventsPerMessage,
            @Nullable RabbitStreamSettings streams) {}

    /// What the HTTP API allows.
    ///
    /// @param maxRequestBytes the largest body of a structured event or a batch
    /// @param maxPublishesInFlight how many publishing calls are served at a time
    /// @param maxBufferedBytes how much the bodies of all of them may take together
    /// @param maxTailClients how many tails are served at a time
    public record HttpLimits(int maxRequestBytes, int maxPublishesInFlight, int maxBufferedBytes, int maxTailClients) {}

    /// The demonstration.
    ///
    /// @param enabled whether it runs
    /// @param prices a CSV file of prices; null generates them
    /// @param seed what the traders' decisions and generated prices follow from
    /// @param accounts how many accounts trade
    /// @param speed bars per second, or `max`
    public record Demo(boolean enabled, @Nullable Path prices, long seed, int accounts, String speed) {}
}
