/// The command side of the desk: traders who decide, and the book that keeps their orders, position and money.
@NullMarked
package ai.tradesense.desk.trader;

import org.jspecify.annotations.NullMarked;
