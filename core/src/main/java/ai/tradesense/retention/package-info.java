/// How long events are kept, what is kept longer, and what was removed.
@NullMarked
package ai.tradesense.retention;

import org.jspecify.annotations.NullMarked;
