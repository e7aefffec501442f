package ai.tradesense.rabbitmq;

import ai.tradesense.transport.Partition;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/// Which partition a subject is of. What this says may never change: it is where events are.
final class Partitioning {
    private final int partitions;
    private final Map<String, Partition[]> ofDomain = new ConcurrentHashMap<>();

    Partitioning(int partitions) {
        this.partitions = partitions;
    }

    Partition of(String domain, String subject) {
        return ofDomain(domain)[number(subject)];
    }

    /// All of a domain, by number.
    Partition[] ofDomain(String domain) {
        Partition[] known = ofDomain.get(domain);
        return known != null ? known : ofDomain.computeIfAbsent(domain, this::make);
    }

    private Partition[] make(String domain) {
        Partition[] made = new Partition[partitions];
        for (int number = 0; number < partitions; number++) {
            made[number] = new Partition(domain, number);
        }
        return made;
    }

    /// [String#hashCode] is fixed by the specification of Java; its low bits alone would not spread well (the
    /// mixing is the finaliser of MurmurHash3).
    private int number(String subject) {
        int hash = subject.hashCode();
        hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
        hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
        return Math.floorMod(hash ^ (hash >>> 16), partitions);
    }
}
