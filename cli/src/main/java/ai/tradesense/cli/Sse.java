package ai.tradesense.cli;

import ai.tradesense.cli.LineReader.Line;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/// Reads server-sent events, as the HTML standard defines them. Not for use by several threads.
final class Sse {
    private final LineReader lines;
    private String lastId = "";
    private @Nullable Long retryMillis;

    Sse(InputStream in, int maxLineBytes) {
        this.lines = new LineReader(in, maxLineBytes);
    }

    /// One event.
    ///
    /// @param id the last id that the server named, empty if none
    /// @param event its kind, `message` unless the server says otherwise
    record Message(String id, String event, String data) {}

    /// The next event; null at the end. What was begun and not ended does not count.
    @Nullable
    Message next() throws IOException {
        String event = "";
        StringBuilder data = new StringBuilder();
        for (Line line = lines.next(); line != null; line = lines.next()) {
            if (line.isTooLong()) {
                throw new IOException("an event of " + line.length() + " bytes is too long");
            }
            String text = new String(line.bytes(), StandardCharsets.UTF_8);
            if (text.isEmpty()) {
                if (!data.isEmpty()) {
                    return new Message(lastId, event.isEmpty() ? "message" : event, data.substring(1));
                }
                event = "";
                continue;
            }
            int colon = text.indexOf(':');
            String field = colon < 0 ? text : text.substring(0, colon);
            String value = colon < 0 ? "" : text.substring(text.startsWith(" ", colon + 1) ? colon + 2 : colon + 1);
            switch (field) {
                case "id" -> lastId = value.indexOf('\0') < 0 ? value : lastId;
                case "event" -> event = value;
                case "data" -> data.append('\n').append(value);
                case "retry" -> retryMillis = value.matches("[0-9]{1,9}") ? Long.valueOf(value) : retryMillis;
                default -> {
                    // A comment, or a field of a later time.
                }
            }
        }
        return null;
    }

    /// How long the server wants a client to wait before it comes again; null if it did not say.
    @Nullable
    Long retryMillis() {
        return retryMillis;
    }
}
