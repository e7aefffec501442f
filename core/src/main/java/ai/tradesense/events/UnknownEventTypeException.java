package ai.tradesense.events;

/// An event has a well-formed type that nobody declared.
public final class UnknownEventTypeException extends IllegalArgumentException {
    private final EventType type;

    public UnknownEventTypeException(EventType type, String hint) {
        super("/type: '" + type + "' is not a known event type" + (hint.isEmpty() ? "" : "; " + hint));
        this.type = type;
    }

    public EventType type() {
        return type;
    }
}
