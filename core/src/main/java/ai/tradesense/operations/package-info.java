/// What operators do to dead letters and stored events: many at a time, step by step, and written down.
@NullMarked
package ai.tradesense.operations;

import org.jspecify.annotations.NullMarked;
