package ai.tradesense.testkit.simulation;

import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;

/// What goes wrong, and when. Each seed draws which faults it has at all and how often they strike, so that runs differ
/// in kind and not only in luck ("swarm testing", Groce et al., 2012).
final class Faults {
    /// What may go wrong, with the most that it may strike, in 1,000 chances.
    enum Fault {
        /// A send fails and nothing was stored.
        SEND_FAILS(150),
        /// A send fails and some or all of it was stored.
        SEND_FAILS_LATE(150),
        /// A poll fails.
        POLL_FAILS(100),
        /// The parking store fails and nothing was changed.
        STORE_FAILS(150),
        /// The parking store fails after the change was made.
        STORE_FAILS_LATE(150),
        /// A call to transport or store takes a while.
        CALL_IS_SLOW(200),
        /// The instance is killed in the middle of a call.
        KILLED_IN_CALL(15),
        /// Deliveries of a subject are held back while others arrive.
        HELD_BACK(400),
        /// An event is stored a second time by the transport.
        STORED_TWICE(150),
        /// A settlement is not made durable at once.
        COMMITS_LATE(900);

        private final int mostPerMille;

        Fault(int mostPerMille) {
            this.mostPerMille = mostPerMille;
        }
    }

    private final Random random;
    private final Map<Fault, Integer> perMille = new EnumMap<>(Fault.class);
    private boolean ceased;

    Faults(long seed) {
        this.random = new Random(seed);
        for (Fault fault : Fault.values()) {
            perMille.put(fault, random.nextBoolean() ? 0 : 1 + random.nextInt(fault.mostPerMille));
        }
    }

    boolean strikes(Fault fault) {
        int chances = perMille.getOrDefault(fault, 0);
        return !ceased && chances > 0 && random.nextInt(1_000) < chances;
    }

    /// A number from 0 to `bound - 1`.
    int choose(int bound) {
        return random.nextInt(bound);
    }

    /// A time between two, by the millisecond.
    Duration between(Duration shortest, Duration longest) {
        return shortest.plusMillis(random.nextInt((int) longest.minus(shortest).toMillis() + 1));
    }

    /// From now on nothing goes wrong.
    void cease() {
        ceased = true;
    }

    @Override
    public String toString() {
        return perMille.toString();
    }
}
