package ai.tradesense.jdbc;

import ai.tradesense.transport.Partition;

/// Which partition a subject is of. What this says may never change: it stands in the database.
final class PostgresPartitions {
    private static final String TOPIC = "log";

    private final Partition[] partitions;

    PostgresPartitions(int count) {
        this.partitions = new Partition[count];
        for (int number = 0; number < count; number++) {
            partitions[number] = new Partition(TOPIC, number);
        }
    }

    int count() {
        return partitions.length;
    }

    Partition of(int number) {
        return partitions[number];
    }

    /// [String#hashCode] is fixed by the specification of Java; its low bits alone would not spread well.
    int numberOf(String domain, String subject) {
        return Math.floorMod(KeyFilter.mix(31L * domain.hashCode() + subject.hashCode()), partitions.length);
    }
}
