package ai.tradesense.codec;

import java.nio.charset.StandardCharsets;

/// The members of an event in the order in which this platform writes them, each as the bytes before its value.
/// [OwnFormReader] relies on the order, above all on the data being last.
final class Members {
    static final byte[] OPENING = ascii("{\"specversion\":\"1.0\",\"id\":");
    static final byte[] SOURCE = ascii(",\"source\":");
    static final byte[] TYPE = ascii(",\"type\":");
    static final byte[] SUBJECT = ascii(",\"subject\":");
    static final byte[] TIME = ascii(",\"time\":");
    static final byte[] DATA_CONTENT_TYPE = ascii(",\"datacontenttype\":");
    static final byte[] DATA_SCHEMA = ascii(",\"dataschema\":");
    static final byte[] DATA = ascii(",\"data\":");
    static final byte[] DATA_BASE64 = ascii(",\"data_base64\":");

    private Members() {}

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }
}
