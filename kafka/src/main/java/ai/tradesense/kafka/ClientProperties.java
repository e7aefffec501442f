package ai.tradesense.kafka;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.consumer.CooperativeStickyAssignor;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.jspecify.annotations.Nullable;

/// What Kafka's clients are told. Everything that the settings do not name is chosen here.
final class ClientProperties {
    /// How much of one partition goes to the broker at once, before compression.
    static final int BATCH_BYTES = 256 << 10;

    private static final Duration MAX_REQUEST = Duration.ofSeconds(10);
    private static final Duration MAX_GATHERING = Duration.ofSeconds(1);
    private static final Duration MAX_HEARTBEAT = Duration.ofSeconds(1);
    private static final Duration MAX_TRANSACTION = Duration.ofMinutes(1);
    private static final int BUFFER_BYTES = 64 << 20;
    private static final int MAX_POLL_RECORDS = 2_000;
    private static final int RECONNECT_MILLIS = 50;
    private static final int MAX_RECONNECT_MILLIS = 500;
    private static final int MAX_FETCH_WAIT_MILLIS = 250;

    private final KafkaSettings settings;

    ClientProperties(KafkaSettings settings) {
        this.settings = settings;
    }

    /// How long one answer may take; a request is made again at least once before its time is over.
    Duration request() {
        return least(settings.timeout().dividedBy(2), MAX_REQUEST);
    }

    private static Duration least(Duration one, Duration other) {
        return one.compareTo(other) < 0 ? one : other;
    }

    private static int millis(Duration duration) {
        return Math.toIntExact(duration.toMillis());
    }

    private Map<String, Object> common() {
        Map<String, Object> common = new HashMap<>();
        common.put(CommonClientConfigs.BOOTSTRAP_SERVERS_CONFIG, settings.servers());
        common.put(CommonClientConfigs.REQUEST_TIMEOUT_MS_CONFIG, millis(request()));
        common.put(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MS_CONFIG, millis(request()));
        common.put(CommonClientConfigs.SOCKET_CONNECTION_SETUP_TIMEOUT_MAX_MS_CONFIG, millis(request()));
        common.put(CommonClientConfigs.RECONNECT_BACKOFF_MS_CONFIG, RECONNECT_MILLIS);
        common.put(CommonClientConfigs.RECONNECT_BACKOFF_MAX_MS_CONFIG, MAX_RECONNECT_MILLIS);
        common.put("enable.metrics.push", false);
        common.putAll(settings.client());
        return common;
    }

    Map<String, Object> admin() {
        Map<String, Object> admin = common();
        admin.put(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis(settings.timeout()));
        return admin;
    }

    /// A round is appended as a whole and then flushed (see [Appender]), so nothing may leave before: it lingers
    /// for longer than appending takes.
    Map<String, Object> producer() {
        Map<String, Object> producer = common();
        producer.put(ProducerConfig.ENABLE_IDEMPOTENCE_CONFIG, true);
        producer.put(ProducerConfig.ACKS_CONFIG, "all");
        producer.putIfAbsent(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
        producer.put(ProducerConfig.BATCH_SIZE_CONFIG, BATCH_BYTES);
        producer.putIfAbsent(ProducerConfig.BUFFER_MEMORY_CONFIG, BUFFER_BYTES);
        producer.put(ProducerConfig.MAX_REQUEST_SIZE_CONFIG, settings.maxMessageBytes());
        producer.put(
                ProducerConfig.LINGER_MS_CONFIG, millis(least(settings.timeout().dividedBy(4), MAX_GATHERING)));
        producer.put(ProducerConfig.DELIVERY_TIMEOUT_MS_CONFIG, millis(settings.timeout()));
        producer.put(ProducerConfig.MAX_BLOCK_MS_CONFIG, settings.timeout().toMillis());
        return producer;
    }

    /// A member of a group publishes in transactions. One that died in the middle of a transaction holds up
    /// whoever reads behind it until the transaction's time is over, and that is the lease.
    Map<String, Object> transactional(String id) {
        Map<String, Object> producer = producer();
        producer.put(ProducerConfig.TRANSACTIONAL_ID_CONFIG, id);
        producer.put(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, millis(least(settings.lease(), MAX_TRANSACTION)));
        return producer;
    }

    private Map<String, Object> consumer() {
        Map<String, Object> consumer = common();
        consumer.put(ConsumerConfig.ENABLE_AUTO_COMMIT_CONFIG, false);
        consumer.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "none");
        consumer.put(ConsumerConfig.ISOLATION_LEVEL_CONFIG, "read_committed");
        consumer.put(ConsumerConfig.ALLOW_AUTO_CREATE_TOPICS_CONFIG, false);
        consumer.put(ConsumerConfig.DEFAULT_API_TIMEOUT_MS_CONFIG, millis(settings.timeout()));
        consumer.put(ConsumerConfig.MAX_POLL_RECORDS_CONFIG, MAX_POLL_RECORDS);
        consumer.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, Math.min(MAX_FETCH_WAIT_MILLIS, millis(request()) / 2));
        return consumer;
    }

    /// Reads partitions that it is told to, for nobody's group; where what comes next is gone, from the
    /// beginning.
    Map<String, Object> reader() {
        Map<String, Object> reader = consumer();
        reader.put(ConsumerConfig.AUTO_OFFSET_RESET_CONFIG, "earliest");
        return reader;
    }

    /// A member of a group.
    ///
    /// @param instance what it is called there; null if it has no name
    Map<String, Object> member(String group, @Nullable String instance) {
        Map<String, Object> member = consumer();
        member.put(ConsumerConfig.GROUP_ID_CONFIG, group);
        member.put(ConsumerConfig.GROUP_PROTOCOL_CONFIG, "classic");
        member.put(ConsumerConfig.PARTITION_ASSIGNMENT_STRATEGY_CONFIG, CooperativeStickyAssignor.class.getName());
        member.put(ConsumerConfig.SESSION_TIMEOUT_MS_CONFIG, millis(settings.lease()));
        member.put(
                ConsumerConfig.HEARTBEAT_INTERVAL_MS_CONFIG,
                millis(least(settings.lease().dividedBy(10), MAX_HEARTBEAT)));
        if (instance != null) {
            member.put(ConsumerConfig.GROUP_INSTANCE_ID_CONFIG, instance);
        }
        return member;
    }
}
