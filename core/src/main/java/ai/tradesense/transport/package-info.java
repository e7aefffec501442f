/// How events travel: the small pull interface that every transport implements, and the transport in memory.
@NullMarked
package ai.tradesense.transport;

import org.jspecify.annotations.NullMarked;
