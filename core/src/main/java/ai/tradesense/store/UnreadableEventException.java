package ai.tradesense.store;

/// Somebody who passes over nothing has come to an event that cannot be decoded.
public final class UnreadableEventException extends StoreException {
    private final transient UnreadableEvent event;

    /// @param reader who cannot go on
    public UnreadableEventException(String reader, UnreadableEvent event) {
        super(reader + " stands before an event that cannot be decoded: " + event, null);
        this.event = event;
    }

    /// What stands there.
    public UnreadableEvent event() {
        return event;
    }
}
