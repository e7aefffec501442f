package ai.tradesense.bus;

/// The data of an event is larger than the configuration allows.
public final class PayloadTooLargeException extends IllegalArgumentException {
    private final int bytes;
    private final int allowedBytes;

    public PayloadTooLargeException(int bytes, int allowedBytes) {
        super("/data: is " + bytes + " bytes long, at most " + allowedBytes + " are allowed");
        this.bytes = bytes;
        this.allowedBytes = allowedBytes;
    }

    public int bytes() {
        return bytes;
    }

    public int allowedBytes() {
        return allowedBytes;
    }
}
