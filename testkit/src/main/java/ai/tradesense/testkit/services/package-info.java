/// Brokers and databases as child processes of a test, and what can go wrong on the way to them.
@NullMarked
package ai.tradesense.testkit.services;

import org.jspecify.annotations.NullMarked;
