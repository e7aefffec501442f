/// The event model: what an event is, how its type is named, and what it may carry.
@NullMarked
package ai.tradesense.events;

import org.jspecify.annotations.NullMarked;
