/// What the risk desk finds and decides about a trading account.
@NullMarked
package ai.tradesense.catalog.risk;

import org.jspecify.annotations.NullMarked;
