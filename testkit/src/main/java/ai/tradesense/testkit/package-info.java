/// Tests of workers in virtual time: a platform on production wiring whose clock and threads belong to the
/// test.
@NullMarked
package ai.tradesense.testkit;

import org.jspecify.annotations.NullMarked;
