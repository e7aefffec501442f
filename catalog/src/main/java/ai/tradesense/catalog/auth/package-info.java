/// Users, their sessions and what they may do.
@NullMarked
package ai.tradesense.catalog.auth;

import org.jspecify.annotations.NullMarked;
