/// The command line: an HTTP client of the server, and the way to start one. Begin at [Main].
@NullMarked
package ai.tradesense.cli;

import org.jspecify.annotations.NullMarked;
