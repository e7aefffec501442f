package ai.tradesense.bus;

import org.jspecify.annotations.Nullable;

/// The data of an event is larger than the configuration allows.
public final class PayloadTooLargeException extends IllegalArgumentException {
    private final String pointer;
    private final int bytes;
    private final int allowedBytes;

    public PayloadTooLargeException(int bytes, int allowedBytes) {
        this("/data", bytes, allowedBytes, null);
    }

    private PayloadTooLargeException(String pointer, int bytes, int allowedBytes, @Nullable Throwable cause) {
        super(pointer + ": is " + bytes + " bytes long, at most " + allowedBytes + " are allowed", cause);
        this.pointer = pointer;
        this.bytes = bytes;
        this.allowedBytes = allowedBytes;
    }

    /// Where, as a JSON pointer: `/data`, or in a batch for example `/3/data`.
    public String pointer() {
        return pointer;
    }

    public int bytes() {
        return bytes;
    }

    public int allowedBytes() {
        return allowedBytes;
    }

    /// The same, seen from a batch in which the event stands at `prefix`, for example `/3`.
    PayloadTooLargeException under(String prefix) {
        return new PayloadTooLargeException(prefix + pointer, bytes, allowedBytes, this);
    }
}
