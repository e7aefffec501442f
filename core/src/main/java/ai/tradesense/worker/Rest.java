package ai.tradesense.worker;

import java.time.Duration;
import java.time.Instant;

/// A while in which something is not done. It is over at its end, and also when the clock is set back behind its
/// beginning: nobody rests for an hour because the clock was an hour fast.
record Rest(Instant from, Instant until) {
    /// Over from the beginning.
    static final Rest NONE = new Rest(Instant.MIN, Instant.MIN);

    static Rest of(Duration length, Instant from) {
        return new Rest(from, from.plus(length));
    }

    boolean lasts(Instant now) {
        return now.isBefore(until) && !now.isBefore(from);
    }
}
