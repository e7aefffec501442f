/// What is measured of a trader in a challenge, and what follows.
@NullMarked
package ai.tradesense.catalog.evaluation;

import org.jspecify.annotations.NullMarked;
