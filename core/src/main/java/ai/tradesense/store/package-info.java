/// The event store: every event, in one order, to be searched, read and followed.
@NullMarked
package ai.tradesense.store;

import org.jspecify.annotations.NullMarked;
