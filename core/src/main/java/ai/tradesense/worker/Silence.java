package ai.tradesense.worker;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Asks a store or a transport how the workers of a process are. If it keeps silent, whoever has waited in vain speaks
/// for all others for a while: they would wait as long, one after the other, and nobody would learn of the trouble.
///
/// A failure that comes at once is told to the one who asked alone. Safe for use by several threads.
final class Silence {
    /// How long others are told of it before one asks again.
    static final Duration TOLD_FOR = Duration.ofSeconds(10);

    private static final Duration LONG_WAIT = Duration.ofSeconds(1);

    private record Noticed(RuntimeException failure, Rest rest) {}

    private final InstantSource clock;
    private volatile @Nullable Noticed last;

    Silence(InstantSource clock) {
        this.clock = clock;
    }

    /// What it answers.
    ///
    /// @throws RuntimeException what it throws, or has thrown when somebody waited for it not long ago
    <T> T ask(Supplier<T> question) {
        Instant asked = clock.instant();
        Noticed noticed = last;
        if (noticed != null && noticed.rest().lasts(asked)) {
            throw noticed.failure();
        }
        try {
            return question.get();
        } catch (RuntimeException failure) {
            Instant now = clock.instant();
            if (!now.isBefore(asked.plus(LONG_WAIT))) {
                last = new Noticed(failure, Rest.of(TOLD_FOR, now));
            }
            throw failure;
        }
    }
}
