/// CloudEvents as JSON: one event, or a batch.
@NullMarked
package ai.tradesense.codec;

import org.jspecify.annotations.NullMarked;
