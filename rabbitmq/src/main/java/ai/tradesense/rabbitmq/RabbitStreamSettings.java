package ai.tradesense.rabbitmq;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLDecoder;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/// How the transport uses the streams of a RabbitMQ. Values that cannot be are refused here.
///
/// @param url `rabbitmq-stream://` or, with TLS, `rabbitmq-stream+tls://`, for example
///     `rabbitmq-stream://user:password@host:5552/vhost`, or with several nodes of a cluster
///     `rabbitmq-stream://user:password@one:5552,two:5552/vhost`; what comes after the port is the virtual
///     host, `/` if there is nothing
/// @param prefix what the names of all streams begin with; transports of different prefixes know nothing of each
///     other
/// @param partitions how many streams a domain has; fixed when a prefix is used for the first time
/// @param lease for how long a member that shows no life keeps its partitions
/// @param timeout how long an answer may take, and connecting
/// @param remembered how many events of a partition a publisher remembers at least, to recognise one that is sent
///     again; a consumer remembers an eighth of it
/// @param retention how long events are kept at least, unless there are too many
/// @param retentionBytes how many bytes of a partition are kept; the oldest segments go first
/// @param segmentBytes the size of a segment, of which only whole ones are removed
/// @param addresses where the broker's nodes are looked for
public record RabbitStreamSettings(
        String url,
        String prefix,
        int partitions,
        Duration lease,
        Duration timeout,
        int remembered,
        Duration retention,
        long retentionBytes,
        long segmentBytes,
        Addresses addresses) {
    public static final String DEFAULT_PREFIX = "tradesense";
    public static final int DEFAULT_PARTITIONS = 8;
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(10);
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
    public static final int DEFAULT_REMEMBERED = 1 << 14;
    public static final Duration DEFAULT_RETENTION = Duration.ofDays(7);
    public static final long DEFAULT_RETENTION_BYTES = 4L << 30;
    public static final long DEFAULT_SEGMENT_BYTES = 100L << 20;

    /// The most partitions of a domain.
    public static final int MAX_PARTITIONS = 256;

    /// Where the nodes of a broker are.
    public enum Addresses {
        /// Where they say they are (`stream.advertised_host` and `stream.advertised_port`).
        ADVERTISED,
        /// Where the URL says, for a broker of one node behind a proxy.
        CONFIGURED
    }

    private static final int STANDARD_PORT = 5552;
    private static final int STANDARD_TLS_PORT = 5551;
    private static final int MAX_PREFIX = 64;
    private static final Duration MIN_DURATION = Duration.ofMillis(100);
    private static final Duration MAX_DURATION = Duration.ofHours(1);
    private static final Duration MAX_RETENTION = Duration.ofDays(36_500);
    private static final int MIN_REMEMBERED = 64;
    private static final int MAX_REMEMBERED = 1 << 24;
    private static final long MIN_BYTES = 64 << 10;

    public RabbitStreamSettings {
        uris(url);
        if (!prefix.matches("[A-Za-z0-9_-]{1," + MAX_PREFIX + "}")) {
            throw new IllegalArgumentException("the prefix is '" + prefix + "', expected 1 to " + MAX_PREFIX
                    + " letters, digits, hyphens and underscores");
        }
        require("number of partitions", partitions, 1, MAX_PARTITIONS);
        require("lease", lease, MIN_DURATION, MAX_DURATION);
        require("timeout", timeout, MIN_DURATION, MAX_DURATION);
        require("number of remembered events", remembered, MIN_REMEMBERED, MAX_REMEMBERED);
        require("retention", retention, Duration.ofSeconds(1), MAX_RETENTION);
        require("size of a segment in bytes", segmentBytes, MIN_BYTES, Integer.MAX_VALUE);
        require("number of bytes that are kept", retentionBytes, segmentBytes, Long.MAX_VALUE);
        if (addresses == Addresses.CONFIGURED && uris(url).size() > 1) {
            throw new IllegalArgumentException("the URL names " + uris(url).size()
                    + " nodes, expected one, since its address is to be the only one that is used");
        }
    }

    /// The defaults.
    public static RabbitStreamSettings of(String url) {
        return new RabbitStreamSettings(
                url,
                DEFAULT_PREFIX,
                DEFAULT_PARTITIONS,
                DEFAULT_LEASE,
                DEFAULT_TIMEOUT,
                DEFAULT_REMEMBERED,
                DEFAULT_RETENTION,
                DEFAULT_RETENTION_BYTES,
                DEFAULT_SEGMENT_BYTES,
                Addresses.ADVERTISED);
    }

    public RabbitStreamSettings withPrefix(String prefix) {
        return new RabbitStreamSettings(
                url,
                prefix,
                partitions,
                lease,
                timeout,
                remembered,
                retention,
                retentionBytes,
                segmentBytes,
                addresses);
    }

    public RabbitStreamSettings withPartitions(int partitions) {
        return new RabbitStreamSettings(
                url,
                prefix,
                partitions,
                lease,
                timeout,
                remembered,
                retention,
                retentionBytes,
                segmentBytes,
                addresses);
    }

    public RabbitStreamSettings withLease(Duration lease) {
        return new RabbitStreamSettings(
                url,
                prefix,
                partitions,
                lease,
                timeout,
                remembered,
                retention,
                retentionBytes,
                segmentBytes,
                addresses);
    }

    public RabbitStreamSettings withTimeout(Duration timeout) {
        return new RabbitStreamSettings(
                url,
                prefix,
                partitions,
                lease,
                timeout,
                remembered,
                retention,
                retentionBytes,
                segmentBytes,
                addresses);
    }

    public RabbitStreamSettings withRemembered(int remembered) {
        return new RabbitStreamSettings(
                url,
                prefix,
                partitions,
                lease,
                timeout,
                remembered,
                retention,
                retentionBytes,
                segmentBytes,
                addresses);
    }

    public RabbitStreamSettings withRetention(Duration retention) {
        return new RabbitStreamSettings(
                url,
                prefix,
                partitions,
                lease,
                timeout,
                remembered,
                retention,
                retentionBytes,
                segmentBytes,
                addresses);
    }

    /// Both at once, since a segment cannot be larger than what is kept.
    public RabbitStreamSettings withRetentionBytes(long retentionBytes, long segmentBytes) {
        return new RabbitStreamSettings(
                url,
                prefix,
                partitions,
                lease,
                timeout,
                remembered,
                retention,
                retentionBytes,
                segmentBytes,
                addresses);
    }

    public RabbitStreamSettings withAddresses(Addresses addresses) {
        return new RabbitStreamSettings(
                url,
                prefix,
                partitions,
                lease,
                timeout,
                remembered,
                retention,
                retentionBytes,
                segmentBytes,
                addresses);
    }

    private static URI uri(String url) {
        URI uri;
        try {
            uri = new URI(url);
        } catch (URISyntaxException malformed) { // its message would show the password
            throw new IllegalArgumentException("the URL of RabbitMQ's streams cannot be read; expected for example "
                    + "rabbitmq-stream://user:password@host:5552/vhost");
        }
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        if (uri.getHost() == null || !(scheme.equals("rabbitmq-stream") || scheme.equals("rabbitmq-stream+tls"))) {
            throw new IllegalArgumentException("the URL of RabbitMQ's streams names no host, or is not "
                    + "rabbitmq-stream:// or rabbitmq-stream+tls://; expected for example rabbitmq-stream://host:5552");
        }
        return uri;
    }

    private static void require(String what, long value, long lowest, long highest) {
        if (value < lowest || value > highest) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + value + ", expected " + lowest + " to " + highest);
        }
    }

    private static void require(String what, Duration value, Duration lowest, Duration highest) {
        if (value.compareTo(lowest) < 0 || value.compareTo(highest) > 0) {
            throw new IllegalArgumentException(
                    "the " + what + " is " + value + ", expected " + lowest + " to " + highest);
        }
    }

    /// What is the same for all nodes, with the first of them.
    private URI uri() {
        return uris(url).getFirst();
    }

    private static List<URI> uris(String url) {
        return Node.urls(url).stream().map(RabbitStreamSettings::uri).toList();
    }

    boolean isTls() {
        return uri().getScheme().toLowerCase(Locale.ROOT).endsWith("+tls");
    }

    /// Where its nodes are, as far as they are named.
    List<Node> nodes() {
        int standard = isTls() ? STANDARD_TLS_PORT : STANDARD_PORT;
        return uris(url).stream().map(uri -> Node.of(uri, standard)).toList();
    }

    /// Host and port, of each node.
    String address() {
        return Node.text(nodes());
    }

    String user() {
        return credential(0);
    }

    String password() {
        return credential(1);
    }

    private String credential(int index) {
        String both = uri().getRawUserInfo();
        String[] parts = both == null ? new String[0] : both.split(":", 2);
        return parts.length > index ? decoded(parts[index]) : "guest";
    }

    String virtualHost() {
        String path = uri().getRawPath();
        return path == null || path.length() <= 1 ? "/" : decoded(path.substring(1));
    }

    private static String decoded(String text) {
        return URLDecoder.decode(text.replace("+", "%2B"), UTF_8);
    }

    /// Without the password.
    @Override
    public String toString() {
        return "RabbitMQ streams at " + address() + ", prefix " + prefix + ", " + partitions + " partitions, lease "
                + lease + ", timeout " + timeout + ", " + remembered + " remembered, kept for " + retention + " or "
                + retentionBytes + " bytes in segments of " + segmentBytes + ", addresses " + addresses;
    }
}
