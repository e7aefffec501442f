/// A seeded simulation of whole platforms under faults, in one thread's worth of virtual time. It runs the real
/// dispatcher, parking and bus; only transport, store, clock and workers are simulated.
@NullMarked
package ai.tradesense.testkit.simulation;

import org.jspecify.annotations.NullMarked;
