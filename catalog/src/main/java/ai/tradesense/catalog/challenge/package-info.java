/// The course of a trader's challenge.
@NullMarked
package ai.tradesense.catalog.challenge;

import org.jspecify.annotations.NullMarked;
