/// Where events wait: for a retry, behind a failed one of their subject, or dead for an operator.
@NullMarked
package ai.tradesense.parking;

import org.jspecify.annotations.NullMarked;
