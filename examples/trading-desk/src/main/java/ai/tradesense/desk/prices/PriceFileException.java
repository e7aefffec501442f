package ai.tradesense.desk.prices;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file of prices cannot be used. Says in which file, in which line and column, and why.
public final class PriceFileException extends IllegalArgumentException {
    private final Path file;
    private final long line;
    private final @Nullable String column;

    PriceFileException(Path file, String problem, @Nullable Throwable cause) {
        super(file + ": " + problem, cause);
        this.file = file;
        this.line = 0;
        this.column = null;
    }

    PriceFileException(Path file, long line, @Nullable String column, String problem) {
        super(file + ", line " + line + (column == null ? "" : ", column " + column) + ": " + problem);
        this.file = file;
        this.line = line;
        this.column = column;
    }

    public Path file() {
        return file;
    }

    /// The line, from 1; 0 if it is the file as a whole.
    public long line() {
        return line;
    }

    /// The name of the column; null if it is the whole line.
    public @Nullable String column() {
        return column;
    }
}
