package ai.tradesense.store;

import ai.tradesense.events.OrderKey;

/// A stream was not as an append expected it: somebody else was faster. Nothing was appended. The way on is to
/// read the stream again and to decide anew.
public final class WrongExpectedVersionException extends RuntimeException {
    private final OrderKey stream;
    private final ExpectedVersion expected;
    private final long actual;

    public WrongExpectedVersionException(OrderKey stream, ExpectedVersion expected, long actual) {
        super("the stream " + stream + " is at version " + actual + ", expected " + expected
                + "; nothing was appended");
        this.stream = stream;
        this.expected = expected;
        this.actual = actual;
    }

    public OrderKey stream() {
        return stream;
    }

    public ExpectedVersion expected() {
        return expected;
    }

    /// The version at the moment of the append: how many events the stream had.
    public long actual() {
        return actual;
    }
}
