/// What operators ordered, for all instances and for those to come.
@NullMarked
package ai.tradesense.control;

import org.jspecify.annotations.NullMarked;
