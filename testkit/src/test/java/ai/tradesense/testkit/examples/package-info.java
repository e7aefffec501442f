/// What docs/testing.md shows, compiled and run: tests of workers as their authors write them.
@NullMarked
package ai.tradesense.testkit.examples;

import org.jspecify.annotations.NullMarked;
