/// Workers: what users write, and the dispatcher that brings events to it in order, again where it failed, and
/// never past a limit.
@NullMarked
package ai.tradesense.worker;

import org.jspecify.annotations.NullMarked;
