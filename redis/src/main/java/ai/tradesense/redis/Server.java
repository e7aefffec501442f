package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.redis.RedisTransportException.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What a Redis says of itself, as far as promises depend on it.
///
/// @param version as it writes it
/// @param fsync what `appendfsync` is; null if the user may not ask
record Server(String version, @Nullable String fsync) {
    private static final int LEAST_VERSION = 7;

    /// Asks a Redis.
    ///
    /// @throws RedisTransportException if it cannot be asked, or cannot keep what this transport promises
    static Server examine(Link link, RedisSettings settings) {
        Link.Connected connected = link.connected();
        requireRights(link, connected, settings);
        String info = link.await(connected, connected.commands().info());
        return require(link.address(), info, fsync(link, connected));
    }

    /// In a script, Redis does not say which command a user may not run.
    private static void requireRights(Link link, Link.Connected connected, RedisSettings settings) {
        List<byte[]> arguments = new ArrayList<>(List.of(Keys.bytes(settings.prefix()), Keys.bytes("info")));
        if (settings.replicas() > 0) {
            arguments.add(Keys.bytes("wait"));
        }
        List<Object> missing = link.await(connected, connected.run(Script.RIGHTS, List.of(), arguments));
        if (!missing.isEmpty()) {
            String rights = missing.stream()
                    .map(right -> new String((byte[]) right, UTF_8))
                    .collect(Collectors.joining(" "));
            throw new RedisTransportException(
                    Reason.NOT_PERMITTED,
                    link.address() + " does not give its user every right that is needed; missing: " + rights,
                    null);
        }
    }

    private static @Nullable String fsync(Link link, Link.Connected connected) {
        try {
            return link.await(connected, connected.commands().configGet("appendfsync"))
                    .get("appendfsync");
        } catch (RedisTransportException refused) {
            if (refused.reason() == Reason.NO_ANSWER || refused.reason() == Reason.UNREACHABLE) {
                throw refused;
            }
            return null; // managed ones and careful administrators do not say
        }
    }

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

    String description() {
        return "version " + version + ", " + durability();
    }

    /// In words, what a completed publish survives.
    private String durability() {
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
