/// Prices of an instrument, read from a file or made up.
@NullMarked
package ai.tradesense.desk.prices;

import org.jspecify.annotations.NullMarked;
