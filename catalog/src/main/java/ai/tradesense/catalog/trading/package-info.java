/// What happens on a trading account: orders, trades, positions and their value.
@NullMarked
package ai.tradesense.catalog.trading;

import org.jspecify.annotations.NullMarked;
