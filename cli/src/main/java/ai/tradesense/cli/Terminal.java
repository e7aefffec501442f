package ai.tradesense.cli;

/// Which streams are a terminal, and how wide it is. Java can tell neither of one stream alone, so the script that
/// starts it does, by system properties.
///
/// @param columns its width in characters; 0 means that it is not known
record Terminal(boolean ofOutput, boolean ofErrors, int columns) {
    static final Terminal NONE = new Terminal(false, false, 0);

    private static final int USUAL_COLUMNS = 80;
    private static final int WIDEST_HELP = 100;

    static Terminal ofProcess() {
        return new Terminal(
                Boolean.getBoolean("cli.terminal.out"),
                Boolean.getBoolean("cli.terminal.err"),
                Integer.getInteger("cli.terminal.columns", 0));
    }

    /// How wide a line of output may be; a file or a pipe takes any width.
    int outputWidth() {
        return ofOutput ? width() : Integer.MAX_VALUE;
    }

    int width() {
        return columns > 0 ? columns : USUAL_COLUMNS;
    }

    /// Help is hard to read on very long lines.
    int helpWidth() {
        return Math.clamp(width(), 60, WIDEST_HELP);
    }
}
