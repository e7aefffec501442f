/// State that is the sum of its events: decide on it, append what was decided, if nobody else was faster.
@NullMarked
package ai.tradesense.aggregate;

import org.jspecify.annotations.NullMarked;
