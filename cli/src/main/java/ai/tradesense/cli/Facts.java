package ai.tradesense.cli;

import java.io.PrintStream;
import java.util.Locale;

/// What is known of one thing, a line for each fact.
final class Facts {
    private final PrintStream out;
    private final int nameWidth;

    Facts(PrintStream out, int nameWidth) {
        this.out = out;
        this.nameWidth = nameWidth;
    }

    /// Prints a fact; nothing if it is not known.
    Facts print(String name, Json value) {
        return value.isNull() ? this : print(name, value.text());
    }

    /// Prints a fact; nothing if it is empty.
    Facts print(String name, String value) {
        if (!value.isEmpty()) {
            out.printf(Locale.ROOT, "%-" + nameWidth + "s %s%n", name, Table.printable(value));
        }
        return this;
    }
}
