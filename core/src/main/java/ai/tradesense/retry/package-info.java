/// What is to be done about a failure: pure policies that are asked and answer.
@NullMarked
package ai.tradesense.retry;

import org.jspecify.annotations.NullMarked;
