/// Who runs the loops: threads in production, one thread and a virtual clock in a test.
@NullMarked
package ai.tradesense.runtime;

import org.jspecify.annotations.NullMarked;
