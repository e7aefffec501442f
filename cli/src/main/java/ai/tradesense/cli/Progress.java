package ai.tradesense.cli;

import java.io.PrintStream;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;

/// Shows how far something has come, on a terminal only, in one line that is drawn over and over. Not for use by
/// several threads.
final class Progress {
    private static final Duration REDRAW = Duration.ofMillis(100);
    private static final int BAR = 30;
    private static final String TO_LINE_START = "\r";
    private static final String ERASE_TO_LINE_END = "\033[K";

    private final Shell shell;
    private final long totalBytes;
    private final Instant started;
    private Instant drawn = Instant.EPOCH;
    private boolean onScreen;

    /// @param totalBytes how much there is to read; 0 means that it is not known
    Progress(Shell shell, long totalBytes) {
        this.shell = shell;
        this.totalBytes = totalBytes;
        this.started = shell.clock().instant();
    }

    /// Draws the state, if it is time to.
    void show(long events, long bytes) {
        Instant now = shell.clock().instant();
        if (!shell.terminal().ofErrors() || Duration.between(drawn, now).compareTo(REDRAW) < 0) {
            return;
        }
        drawn = now;
        onScreen = true;
        String text = String.format(
                Locale.ROOT, "%s%,d events  %,.0f/s", bar(bytes), events, perSecond(events, started, now));
        PrintStream err = shell.err();
        err.print(TO_LINE_START + Table.cut(text, shell.terminal().width() - 1) + ERASE_TO_LINE_END);
        err.flush();
    }

    private String bar(long bytes) {
        if (totalBytes == 0) {
            return "";
        }
        double share = Math.clamp((double) bytes / totalBytes, 0, 1);
        int done = (int) (share * BAR);
        return String.format(Locale.ROOT, "[%s%s] %3.0f %%  ", "=".repeat(done), " ".repeat(BAR - done), share * 100);
    }

    static double perSecond(long events, Instant from, Instant to) {
        return events * 1_000_000_000.0 / Math.max(1, Duration.between(from, to).toNanos());
    }

    /// Says something in a line of its own.
    void message(String message) {
        clear();
        shell.say(message);
    }

    /// Takes the line off the screen.
    void clear() {
        if (onScreen) {
            shell.err().print(TO_LINE_START + ERASE_TO_LINE_END);
            onScreen = false;
            drawn = Instant.EPOCH;
        }
    }

    Instant started() {
        return started;
    }
}
