package ai.tradesense.bench;

import java.util.Locale;

/// The transports that can be measured.
enum TransportName {
    EMBEDDED(500_000),
    MEMORY(2_000_000),
    REDIS(300_000),
    /// The embedded transport with its log in PostgreSQL.
    POSTGRESQL(100_000),
    KAFKA(1_000_000),
    RABBITMQ(200_000),
    /// RabbitMQ in the mode of streams.
    RABBITMQ_STREAM(1_000_000);

    private final int usualEvents;

    TransportName(int usualEvents) {
        this.usualEvents = usualEvents;
    }

    /// How many events make a round unless told otherwise.
    int usualEvents() {
        return usualEvents;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
