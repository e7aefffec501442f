package ai.tradesense.events;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.UUID;
import java.util.random.RandomGenerator;

/// Version 7 ids.
public final class Uuid7 implements IdGenerator {
    private final InstantSource clock;
    private final RandomGenerator random;

    public Uuid7(InstantSource clock, RandomGenerator random) {
        this.clock = clock;
        this.random = random;
    }

    @Override
    public synchronized String next() {
        return new UUID(clock.millis() << 16 | 0x7000, random.nextLong()).toString();
    }

    /// Follows from its parts.
    public static String derived(Instant time, String... parts) {
        return UUID.nameUUIDFromBytes((time + String.join("\n", parts)).getBytes(StandardCharsets.UTF_8))
                .toString();
    }
}
