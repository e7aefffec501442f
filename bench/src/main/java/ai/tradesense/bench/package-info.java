/// Benchmarks: ours beside raw clients and beside peers, and every event checked, see
/// [ai.tradesense.bench.Main].
@NullMarked
package ai.tradesense.bench;

import org.jspecify.annotations.NullMarked;
