package ai.tradesense.testkit.simulation;

import java.util.EnumSet;
import java.util.Set;

/// What is run, and what is looked at.
///
/// @param wiring what stands between platforms and what is simulated
/// @param hazards what runs may be exposed to
/// @param checked the invariants that are looked at
record Experiment(Wiring wiring, Set<Hazard> hazards, Set<Invariant> checked) {
    /// Platforms as they are, exposed to everything.
    static final Experiment USUAL =
            new Experiment(Wiring.DIRECT, EnumSet.allOf(Hazard.class), EnumSet.allOf(Invariant.class));

    Experiment with(Wiring other) {
        return new Experiment(other, hazards, checked);
    }

    Experiment exposedTo(Set<Hazard> others) {
        return new Experiment(wiring, others, checked);
    }

    /// The same, but blind to some invariants: to see which other one notices.
    Experiment ignoring(Invariant... ignored) {
        Set<Invariant> rest = EnumSet.copyOf(checked);
        for (Invariant invariant : ignored) {
            rest.remove(invariant);
        }
        return new Experiment(wiring, hazards, rest);
    }
}
