package ai.tradesense.aggregate;

import ai.tradesense.events.OrderKey;

/// An event in a stream does not fit the aggregate that is made of it. Nothing was appended.
public final class AggregateException extends RuntimeException {
    private final OrderKey stream;
    private final long version;

    AggregateException(String aggregate, OrderKey stream, long version, RuntimeException cause) {
        super(
                "the " + aggregate + " '" + stream.subject() + "' cannot be made of its events: version " + version
                        + " of " + stream + ": " + cause.getMessage(),
                cause);
        this.stream = stream;
        this.version = version;
    }

    public OrderKey stream() {
        return stream;
    }

    /// Where in the stream the event stands, from 1.
    public long version() {
        return version;
    }
}
