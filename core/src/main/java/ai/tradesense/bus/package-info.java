/// Where events are published.
@NullMarked
package ai.tradesense.bus;

import org.jspecify.annotations.NullMarked;
