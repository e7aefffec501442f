/// The rules that the records of events hold to: checked by their constructors, told to others by their schemas.
@NullMarked
package ai.tradesense.catalog.rules;

import org.jspecify.annotations.NullMarked;
