package ai.tradesense.server.api;

import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterGroup;
import ai.tradesense.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.springframework.stereotype.Component;

/// How many dead letters there are, also of workers that are not registered in this process: they run elsewhere on the
/// same store, or are gone. The status is asked for every second, and counting reads every dead letter, so it is done
/// when those of the workers here have changed, and otherwise now and then.
@Component
final class DeadLetterCount {
    private static final Duration KEPT = Duration.ofSeconds(5);
    private static final int MAX_GROUPS = 1_000;

    private final ParkingStore parking;
    private final InstantSource clock;
    private volatile Count last = new Count(-1, Instant.EPOCH, 0);

    /// @param here how many were of the workers of this process
    private record Count(long here, Instant at, long all) {}

    DeadLetterCount(ParkingStore parking, InstantSource clock) {
        this.parking = parking;
        this.clock = clock;
    }

    /// All of them, of which so many are of the workers of this process.
    long all(long here) {
        Instant now = clock.instant();
        Count known = last;
        if (known.here != here || known.at.plus(KEPT).isBefore(now)) {
            known = new Count(here, now, Math.max(here, counted(known.all)));
            last = known;
        }
        return known.all;
    }

    /// What was known last is better than nothing, above all while the store does not answer.
    private long counted(long otherwise) {
        try {
            return parking.groups(DeadLetterFilter.ALL, MAX_GROUPS).stream()
                    .mapToLong(DeadLetterGroup::count)
                    .sum();
        } catch (StoreException notNow) {
            return otherwise;
        }
    }
}
