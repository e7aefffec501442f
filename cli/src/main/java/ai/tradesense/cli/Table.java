package ai.tradesense.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/// Text in columns that fits a terminal: columns that may be cut are cut, and where that is not enough the least
/// important ones are left out. A file or a pipe gets everything.
final class Table {
    private static final String GAP = "  ";
    private static final int NARROWEST = 12;

    private final List<Column> columns;
    private final List<List<String>> rows = new ArrayList<>();

    Table(Column... columns) {
        this.columns = List.of(columns);
    }

    /// A column.
    ///
    /// @param importance columns of a lower one are left out first
    record Column(String title, Kind kind, int importance) {
        enum Kind {
            /// Shown whole, to the left.
            WORD,
            /// Shown whole, to the right.
            NUMBER,
            /// May be cut.
            PROSE
        }

        static Column word(String title, int importance) {
            return new Column(title, Kind.WORD, importance);
        }

        static Column number(String title, int importance) {
            return new Column(title, Kind.NUMBER, importance);
        }

        static Column prose(String title, int importance) {
            return new Column(title, Kind.PROSE, importance);
        }
    }

    void row(String... cells) {
        if (cells.length != columns.size()) {
            throw new IllegalArgumentException("a row has " + cells.length + " cells, expected " + columns.size());
        }
        List<String> printable = new ArrayList<>(cells.length);
        for (String cell : cells) {
            printable.add(printable(cell));
        }
        rows.add(printable);
    }

    /// Text from outside with what would steer the terminal or end the line replaced.
    static String printable(String text) {
        StringBuilder line = new StringBuilder(text.length());
        text.codePoints()
                .map(c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT ? ' ' : c)
                .forEach(line::appendCodePoint);
        return line.toString();
    }

    void print(PrintStream out, int width) {
        List<Integer> shown = new ArrayList<>();
        int[] widths = new int[columns.size()];
        for (int column = 0; column < widths.length; column++) {
            widths[column] = naturalWidth(column);
            shown.add(column);
        }
        while (!fits(shown, widths, width) && shown.size() > 1) {
            shown.removeIf(leastImportant(shown)::equals);
        }
        share(shown, widths, width);
        printLine(out, shown, widths, columns.stream().map(Column::title).toList());
        rows.forEach(row -> printLine(out, shown, widths, row));
    }

    private int naturalWidth(int column) {
        int widest = length(columns.get(column).title());
        for (List<String> row : rows) {
            widest = Math.max(widest, length(row.get(column)));
        }
        return widest;
    }

    private boolean fits(List<Integer> shown, int[] widths, int width) {
        long needed = (long) GAP.length() * (shown.size() - 1);
        for (int column : shown) {
            boolean cut = columns.get(column).kind() == Column.Kind.PROSE;
            needed += cut ? Math.min(NARROWEST, widths[column]) : widths[column];
        }
        return needed <= width;
    }

    private Integer leastImportant(List<Integer> shown) {
        Integer least = shown.getFirst();
        for (Integer column : shown) {
            if (columns.get(column).importance() <= columns.get(least).importance()) {
                least = column;
            }
        }
        return least;
    }

    /// Takes from the widest columns that may be cut until the line fits.
    private void share(List<Integer> shown, int[] widths, int width) {
        long excess = (long) GAP.length() * (shown.size() - 1) - width;
        for (int column : shown) {
            excess += widths[column];
        }
        for (; excess > 0; excess--) {
            int widest = -1;
            for (int column : shown) {
                boolean cut = columns.get(column).kind() == Column.Kind.PROSE && widths[column] > NARROWEST;
                if (cut && (widest < 0 || widths[column] > widths[widest])) {
                    widest = column;
                }
            }
            if (widest < 0) {
                return;
            }
            widths[widest]--;
        }
    }

    private void printLine(PrintStream out, List<Integer> shown, int[] widths, List<String> cells) {
        StringBuilder line = new StringBuilder();
        for (int column : shown) {
            String cell = cut(cells.get(column), widths[column]);
            String padding = " ".repeat(widths[column] - length(cell));
            boolean toTheRight = columns.get(column).kind() == Column.Kind.NUMBER;
            line.append(line.isEmpty() ? "" : GAP).append(toTheRight ? padding + cell : cell + padding);
        }
        out.println(line.toString().stripTrailing());
    }

    /// The text, or as much of it as fits.
    static String cut(String text, int width) {
        return length(text) <= width ? text : text.substring(0, text.offsetByCodePoints(0, width - 1)) + "…";
    }

    private static int length(String text) {
        return text.codePointCount(0, text.length());
    }
}
