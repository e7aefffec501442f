package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.transport.Partition;

/// The names of the keys. What one script touches has the same hash tag (the part in braces), so that it lies
/// on one node of a Redis Cluster, and partitions spread over the nodes.
final class Keys {
    private final String prefix;

    Keys(String prefix) {
        this.prefix = prefix;
    }

    /// The set of the domains that have streams.
    byte[] domains() {
        return bytes(prefix + ":domains");
    }

    /// How many partitions a domain has.
    byte[] partitions() {
        return bytes(prefix + ":partitions");
    }

    /// Written after each round of publishing that waits for replicas.
    byte[] rounds() {
        return bytes(prefix + ":rounds");
    }

    /// Who lives of a group.
    byte[] members(String group) {
        return bytes(prefix + ":{group " + group + "}:members");
    }

    /// There once a group has joined for all domains: what domains come later it reads from their beginning.
    byte[] joinedAll(String group) {
        return bytes(prefix + ":{group " + group + "}:joined-all");
    }

    String stream(Partition partition) {
        return prefix + ":{" + partition + "}";
    }

    byte[] younger(Partition partition) {
        return bytes(stream(partition) + ":seen");
    }

    byte[] older(Partition partition) {
        return bytes(stream(partition) + ":seen-before");
    }

    byte[] lease(Partition partition, String group) {
        return bytes(stream(partition) + ":lease:" + group);
    }

    static byte[] bytes(String text) {
        return text.getBytes(UTF_8);
    }
}
