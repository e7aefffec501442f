package ai.tradesense.worker;

import java.util.random.RandomGenerator;

/// The platform's one source of randomness, shared by threads. Asked when something failed, not on the path of an
/// event.
public final class Randomness {
    private final RandomGenerator generator;

    public Randomness(RandomGenerator generator) {
        this.generator = generator;
    }

    /// A number from 0 inclusive to 1 exclusive.
    public synchronized double nextDouble() {
        return generator.nextDouble();
    }
}
