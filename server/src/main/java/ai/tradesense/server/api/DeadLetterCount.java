package ai.tradesense.server.api;

import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.Counts;
import ai.tradesense.store.StoreException;
import org.springframework.stereotype.Component;

/// How many dead letters there are, also of workers that are not registered in this process: they run elsewhere on the
/// same store, or are gone.
@Component
final class DeadLetterCount {
    private final ParkingStore parking;
    private volatile long last;

    DeadLetterCount(ParkingStore parking) {
        this.parking = parking;
    }

    /// What was known last is better than nothing, above all while the store does not answer.
    long all() {
        try {
            last = parking.counts().values().stream().mapToLong(Counts::dead).sum();
        } catch (StoreException notNow) {
            // as it was
        }
        return last;
    }
}
