package ai.tradesense.redis;

import ai.tradesense.redis.RedisTransportException.Reason;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What a Redis says of itself, as far as promises depend on it.
///
/// @param version as it writes it
/// @param fsync what `appendfsync` is; null if the user may not ask
record Server(String version, @Nullable String fsync) {
    private static final int LEAST_VERSION = 7;

    /// Refuses a Redis that cannot keep what this transport promises.
    ///
    /// @param info the answer to INFO
    static Server require(String address, String info, @Nullable String fsync) {
        Map<String, String> facts = facts(info);
        String version = facts.getOrDefault("redis_version", "unknown");
        if (major(version) < LEAST_VERSION) {
            throw unsuitable(address, "is version " + version + ", expected " + LEAST_VERSION + " or newer");
        }
        String policy = facts.getOrDefault("maxmemory_policy", "unknown");
        if (!policy.equals("noeviction")) {
            throw unsuitable(
                    address,
                    "has the maxmemory-policy " + policy + ", expected noeviction: any other forgets events when memory"
                            + " is short");
        }
        if (!facts.getOrDefault("aof_enabled", "0").equals("1")) {
            throw unsuitable(
                    address,
                    "writes no append-only file, expected 'appendonly yes': without it a restart forgets events");
        }
        return new Server(version, fsync);
    }

    private static RedisTransportException unsuitable(String address, String problem) {
        return new RedisTransportException(Reason.UNSUITABLE, address + " " + problem, null);
    }

    private static int major(String version) {
        int dot = version.indexOf('.');
        try {
            return Integer.parseInt(dot < 0 ? version : version.substring(0, dot));
        } catch (NumberFormatException unknown) {
            return 0;
        }
    }

    private static Map<String, String> facts(String info) {
        Map<String, String> facts = new HashMap<>();
        info.lines().forEach(line -> {
            int colon = line.indexOf(':');
            if (colon > 0) {
                facts.put(line.substring(0, colon), line.substring(colon + 1).strip());
            }
        });
        return facts;
    }

    /// In words, what a completed publish survives.
    String durability() {
        return switch (fsync) {
            case "always" -> "an fsync before each answer: what was published survives a power failure";
            case "everysec" ->
                "an fsync every second: what was published survives the end of the process; a power"
                        + " failure may take the last second or two";
            case "no" ->
                "no fsync of its own: what was published survives the end of the process; a power failure may"
                        + " take what the system had not written";
            case null, default -> "appendfsync is not known to this user: a power failure may take the last seconds";
        };
    }
}
