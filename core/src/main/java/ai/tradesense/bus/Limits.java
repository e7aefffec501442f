package ai.tradesense.bus;

/// What has a limit, and which.
///
/// @param maxPayloadBytes the largest data of one event, encoded, in bytes
/// @param maxBatchEvents the most events in one publish
/// @param maxInFlight the most events delivered to one worker and not yet done with
/// @param pollEvents the most events a worker takes at a time
/// @param maxParked how many events wait for retries of one worker before it takes no more; those that are in flight
///     then may come on top
public record Limits(int maxPayloadBytes, int maxBatchEvents, int maxInFlight, int pollEvents, int maxParked) {
    public static final Limits DEFAULT = new Limits(256 * 1024, 10_000, 16_384, 4_096, 100_000);

    public Limits {
        requirePositive("maxPayloadBytes", maxPayloadBytes);
        requirePositive("maxBatchEvents", maxBatchEvents);
        requirePositive("maxInFlight", maxInFlight);
        requirePositive("pollEvents", pollEvents);
        requirePositive("maxParked", maxParked);
    }

    private static void requirePositive(String name, int value) {
        if (value < 1) {
            throw new IllegalArgumentException(name + " is " + value + ", expected 1 or more");
        }
    }
}
