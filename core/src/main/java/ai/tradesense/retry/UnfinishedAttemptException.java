package ai.tradesense.retry;

/// Stands for an attempt of which no outcome was heard: its process ended, or lost the event's partition, while the
/// handler ran.
public final class UnfinishedAttemptException extends RuntimeException {
    private final int attempt;

    public UnfinishedAttemptException(int attempt) {
        super("attempt " + attempt
                + " began and no outcome of it is known: its process stopped, or lost the partition");
        this.attempt = attempt;
    }

    /// Which attempt it was, from 1.
    public int attempt() {
        return attempt;
    }
}
