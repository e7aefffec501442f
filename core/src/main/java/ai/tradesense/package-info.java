/// The platform's one way in: [ai.tradesense.TradeSense].
@NullMarked
package ai.tradesense;

import org.jspecify.annotations.NullMarked;
