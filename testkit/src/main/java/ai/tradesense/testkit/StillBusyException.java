package ai.tradesense.testkit;

import org.jspecify.annotations.Nullable;

/// A scenario refuses to go on, because somebody does not come to an end: a handler that waits, a loop of retries, a
/// worker that publishes what it reacts to.
public final class StillBusyException extends IllegalStateException {
    private final String busy;

    StillBusyException(String busy, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.busy = busy;
    }

    /// Who is busy, for example `greeter-lane-0`.
    public String busy() {
        return busy;
    }
}
