/// The process that operators run: the platform behind an HTTP API and a console.
@NullMarked
package ai.tradesense.server;

import org.jspecify.annotations.NullMarked;
