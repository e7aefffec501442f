/// JMH benchmarks of the parts that every event goes through.
@NullMarked
package ai.tradesense.bench.micro;

import org.jspecify.annotations.NullMarked;
