package ai.tradesense.redis;

import io.lettuce.core.RedisURI;
import java.time.Duration;

/// How the transport uses a Redis. Values that cannot be are refused here.
///
/// @param url `redis://` or, with TLS, `rediss://`, for example `rediss://user:password@host:6379/0`
/// @param prefix what the names of all keys begin with; transports of different prefixes know nothing of each
///     other
/// @param partitions how many streams a domain has; fixed when a prefix is used for the first time
/// @param lease for how long a member that shows no life keeps its partitions
/// @param timeout how long an answer may take, and connecting
/// @param remembered how many events of a partition are remembered at least, to recognise one that is sent
///     again
/// @param retained how many events of a partition are kept that every group is done with, for groups to come
/// @param replicas how many replicas must have an event before a publish completes
/// @param tls what `rediss://` connections are made with
public record RedisSettings(
        String url,
        String prefix,
        int partitions,
        Duration lease,
        Duration timeout,
        int remembered,
        int retained,
        int replicas,
        RedisTls tls) {
    public static final String DEFAULT_PREFIX = "tradesense";
    public static final int DEFAULT_PARTITIONS = 8;
    public static final Duration DEFAULT_LEASE = Duration.ofSeconds(10);
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(5);
    public static final int DEFAULT_REMEMBERED = 1 << 16;
    public static final int DEFAULT_RETAINED = 10_000;

    /// The most partitions of a domain.
    public static final int MAX_PARTITIONS = 1_024;

    private static final Duration MIN_DURATION = Duration.ofMillis(100);
    private static final Duration MAX_DURATION = Duration.ofHours(1);
    private static final int MAX_REMEMBERED = 1 << 24;
    private static final int MAX_REPLICAS = 100;

    public RedisSettings {
        uri(url);
        if (prefix.isEmpty() || prefix.indexOf('{') >= 0 || prefix.indexOf('}') >= 0) {
            throw new IllegalArgumentException("the prefix is '" + prefix + "', expected a name without braces");
        }
        require("number of partitions", partitions, 1, MAX_PARTITIONS);
        require("lease", lease);
        require("timeout", timeout);
        require("number of remembered events", remembered, 1, MAX_REMEMBERED);
        require("number of retained events", retained, 0, Integer.MAX_VALUE);
        require("number of replicas", replicas, 0, MAX_REPLICAS);
    }

    /// The defaults.
    public static RedisSettings of(String url) {
        return new RedisSettings(
                url,
                DEFAULT_PREFIX,
                DEFAULT_PARTITIONS,
                DEFAULT_LEASE,
                DEFAULT_TIMEOUT,
                DEFAULT_REMEMBERED,
                DEFAULT_RETAINED,
                0,
                RedisTls.DEFAULT);
    }

    public RedisSettings withPrefix(String prefix) {
        return new RedisSettings(url, prefix, partitions, lease, timeout, remembered, retained, replicas, tls);
    }

    public RedisSettings withPartitions(int partitions) {
        return new RedisSettings(url, prefix, partitions, lease, timeout, remembered, retained, replicas, tls);
    }

    public RedisSettings withLease(Duration lease) {
        return new RedisSettings(url, prefix, partitions, lease, timeout, remembered, retained, replicas, tls);
    }

    public RedisSettings withTimeout(Duration timeout) {
        return new RedisSettings(url, prefix, partitions, lease, timeout, remembered, retained, replicas, tls);
    }

    public RedisSettings withRemembered(int remembered) {
        return new RedisSettings(url, prefix, partitions, lease, timeout, remembered, retained, replicas, tls);
    }

    public RedisSettings withRetained(int retained) {
        return new RedisSettings(url, prefix, partitions, lease, timeout, remembered, retained, replicas, tls);
    }

    public RedisSettings withReplicas(int replicas) {
        return new RedisSettings(url, prefix, partitions, lease, timeout, remembered, retained, replicas, tls);
    }

    public RedisSettings withTls(RedisTls tls) {
        return new RedisSettings(url, prefix, partitions, lease, timeout, remembered, retained, replicas, tls);
    }

    RedisURI uri() {
        RedisURI uri = uri(url);
        uri.setTimeout(timeout);
        return uri;
    }

    private static RedisURI uri(String url) {
        RedisURI uri;
        try {
            uri = RedisURI.create(url);
        } catch (RuntimeException malformed) { // its message would show the password
            throw new IllegalArgumentException(
                    "the URL of Redis cannot be read; expected for example redis://user:password@host:6379/0");
        }
        if (uri.getHost() == null) {
            throw new IllegalArgumentException(
                    "the URL of Redis names no host; expected for example redis://host:6379");
        }
        return uri;
    }

    private static void require(String what, int value, int lowest, int highest) {
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

    /// Without the password.
    @Override
    public String toString() {
        RedisURI uri = uri(url);
        return "Redis at " + uri.getHost() + ":" + uri.getPort() + ", prefix " + prefix + ", " + partitions
                + " partitions, lease " + lease + ", timeout " + timeout + ", " + remembered + " remembered, "
                + retained
                + " retained, " + replicas + " replicas";
    }
}
