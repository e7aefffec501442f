package ai.tradesense.rabbitmq;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// How the transport uses a RabbitMQ. Values that cannot be are refused here.
///
/// @param url `amqp://` or, with TLS, `amqps://`, for example `amqps://user:password@host:5671/vhost`, or with
///     several nodes of a cluster `amqps://user:password@one:5671,two:5671/vhost`; what comes after the
///     port is the virtual host, `/` if there is nothing
/// @param prefix what the names of all exchanges and queues begin with; transports of different prefixes know
///     nothing of each other
/// @param partitions how many queues a group has per domain; fixed when a prefix is used for the first time
/// @param lease for how long a member that shows no life keeps its partitions
/// @param timeout how long an answer may take, and connecting
/// @param remembered how many events are remembered at least, to recognise one that is sent again
/// @param historyBytes how many bytes of events of a domain are kept for groups to come, in whole segments
/// @param deliveryLimit how often the broker delivers an event before it puts it into the queue of dead letters
///     of its own; every lost connection counts
/// @param eventsPerMessage how many events of a partition that are published together are one message at most, a
///     batch in the JSON format of CloudEvents; with 1 each is in binary mode, for other clients that know no batches
public record RabbitSettings(
        String url,
        String prefix,
        int partitions,
        Duration lease,
        Duration timeout,
        int remembered,
        long historyBytes,
        int deliveryLimit,
        int eventsPerMessage) {
    public static final String DEFAULT_PREFIX = "tradesense";
    public static final int DEFAULT_PARTITIONS = 8;
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(10);
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
    public static final int DEFAULT_REMEMBERED = 1 << 14;
    public static final long DEFAULT_HISTORY_BYTES = 64L << 20;
    public static final int DEFAULT_DELIVERY_LIMIT = 100;
    public static final int DEFAULT_EVENTS_PER_MESSAGE = 32;

    /// The most partitions of a domain.
    public static final int MAX_PARTITIONS = 256;

    private static final int STANDARD_PORT = 5672;
    private static final int STANDARD_TLS_PORT = 5671;
    private static final int MAX_PREFIX = 64;
    private static final int MAX_EVENTS_PER_MESSAGE = 1_000;
    private static final Duration MIN_DURATION = Duration.ofMillis(100);
    private static final Duration MAX_DURATION = Duration.ofHours(1);
    private static final int MAX_REMEMBERED = 1 << 24;
    private static final long MIN_HISTORY_BYTES = 1 << 20;

    public RabbitSettings {
        uris(url);
        if (!prefix.matches("[A-Za-z0-9_-]{1," + MAX_PREFIX + "}")) {
            throw new IllegalArgumentException("the prefix is '" + prefix + "', expected 1 to " + MAX_PREFIX
                    + " letters, digits, hyphens and underscores");
        }
        require("number of partitions", partitions, 1, MAX_PARTITIONS);
        require("lease", lease);
        require("timeout", timeout);
        require("number of remembered events", remembered, 1, MAX_REMEMBERED);
        require("number of bytes of history", historyBytes, MIN_HISTORY_BYTES, Long.MAX_VALUE);
        require("delivery limit", deliveryLimit, 1, Integer.MAX_VALUE);
        require("number of events per message", eventsPerMessage, 1, MAX_EVENTS_PER_MESSAGE);
    }

    /// The defaults.
    public static RabbitSettings of(String url) {
        return new RabbitSettings(
                url,
                DEFAULT_PREFIX,
                DEFAULT_PARTITIONS,
                DEFAULT_LEASE,
                DEFAULT_TIMEOUT,
                DEFAULT_REMEMBERED,
                DEFAULT_HISTORY_BYTES,
                DEFAULT_DELIVERY_LIMIT,
                DEFAULT_EVENTS_PER_MESSAGE);
    }

    public RabbitSettings withPrefix(String prefix) {
        return new RabbitSettings(
                url, prefix, partitions, lease, timeout, remembered, historyBytes, deliveryLimit, eventsPerMessage);
    }

    public RabbitSettings withPartitions(int partitions) {
        return new RabbitSettings(
                url, prefix, partitions, lease, timeout, remembered, historyBytes, deliveryLimit, eventsPerMessage);
    }

    public RabbitSettings withLease(Duration lease) {
        return new RabbitSettings(
                url, prefix, partitions, lease, timeout, remembered, historyBytes, deliveryLimit, eventsPerMessage);
    }

    public RabbitSettings withTimeout(Duration timeout) {
        return new RabbitSettings(
                url, prefix, partitions, lease, timeout, remembered, historyBytes, deliveryLimit, eventsPerMessage);
    }

    public RabbitSettings withRemembered(int remembered) {
        return new RabbitSettings(
                url, prefix, partitions, lease, timeout, remembered, historyBytes, deliveryLimit, eventsPerMessage);
    }

    public RabbitSettings withHistoryBytes(long historyBytes) {
        return new RabbitSettings(
                url, prefix, partitions, lease, timeout, remembered, historyBytes, deliveryLimit, eventsPerMessage);
    }

    public RabbitSettings withDeliveryLimit(int deliveryLimit) {
        return new RabbitSettings(
                url, prefix, partitions, lease, timeout, remembered, historyBytes, deliveryLimit, eventsPerMessage);
    }

    public RabbitSettings withEventsPerMessage(int eventsPerMessage) {
        return new RabbitSettings(
                url, prefix, partitions, lease, timeout, remembered, historyBytes, deliveryLimit, eventsPerMessage);
    }

    /// What is the same for all nodes, with the first of them.
    URI uri() {
        return uris(url).getFirst();
    }

    boolean isTls() {
        return uri().getScheme().toLowerCase(Locale.ROOT).equals("amqps");
    }

    /// Where its nodes are.
    List<Node> nodes() {
        int standard = isTls() ? STANDARD_TLS_PORT : STANDARD_PORT;
        return uris(url).stream().map(uri -> Node.of(uri, standard)).toList();
    }

    private static List<URI> uris(String url) {
        return Node.urls(url).stream().map(RabbitSettings::uri).toList();
    }

    private static URI uri(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException malformed) { // its message would show the password
            throw new IllegalArgumentException(
                    "the URL of RabbitMQ cannot be read; expected for example amqp://user:password@host:5672/vhost");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (uri.getHost() == null || !(scheme.equals("amqp") || scheme.equals("amqps"))) {
            throw new IllegalArgumentException("the URL of RabbitMQ names no host, or is not amqp:// or amqps://; "
                    + "expected for example amqp://host:5672");
        }
        return uri;
    }

    private static void require(String what, long value, long lowest, long highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + value + ", expected " + lowest + " to " + highest);
        }
    }

    private static void require(String what, Duration value) {
        if (value.compareTo(MIN_DURATION) < 0 || value.compareTo(MAX_DURATION) > 0) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + value + ", expected " + MIN_DURATION + " to " + MAX_DURATION);
        }
    }

    /// Host and port, of each node.
    String address() {
        return Node.text(nodes());
    }

    /// Without the password.
    @Override
    public String toString() {
        return "RabbitMQ at " + address() + ", prefix " + prefix + ", " + partitions + " partitions, lease " + lease
                + ", timeout " + timeout + ", " + remembered + " remembered, " + historyBytes
                + " bytes of history, delivery limit " + deliveryLimit + ", " + eventsPerMessage
                + " events per message";
    }
}
