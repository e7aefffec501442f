/// What the operator has set, and what is said when it does not fit.
@NullMarked
package ai.tradesense.server.config;

import org.jspecify.annotations.NullMarked;
