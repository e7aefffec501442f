package ai.tradesense.cli;

import ai.tradesense.cli.LineReader.Line;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads server-sent events, as the HTML standard defines them. Not for use by several threads.
final class Sse {
    private final LineReader lines;
    private String lastId = "";
    private @Nullable Duration retry;

    Sse(InputStream in, int maxLineBytes) {
        this.lines = new LineReader(in, maxLineBytes);
    }

    /// One event.
    ///
    /// @param event its kind, `message` unless the server says otherwise
    record Message(String event, String data) {}

    /// The next event; null at the end. What was begun and not ended does not count.
    @Nullable
    Message next() throws IOException {
        String id = lastId;
        String event = "";
        StringBuilder data = new StringBuilder();
        for (Line line = lines.next(); line != null; line = lines.next()) {
            if (line.isTooLong()) {
                throw new IOException("an event of " + line.length() + " bytes is too long");
            }
            String text = new String(line.bytes(), StandardCharsets.UTF_8);
            if (text.isEmpty()) {
                lastId = id;
                if (!data.isEmpty()) {
                    return new Message(event.isEmpty() ? "message" : event, data.substring(1));
                }
                event = "";
                continue;
            }
            int colon = text.indexOf(':');
            String field = colon < 0 ? text : text.substring(0, colon);
            String value = colon < 0 ? "" : text.substring(text.startsWith(" ", colon + 1) ? colon + 2 : colon + 1);
            switch (field) {
                case "id" -> id = value.indexOf('\0') < 0 ? value : id;
                case "event" -> event = value;
                case "data" -> data.append('\n').append(value);
                case "retry" -> retry = value.matches("[0-9]{1,9}") ? Duration.ofMillis(Long.parseLong(value)) : retry;
                default -> {
                    // A comment, or a field of a later time.
                }
            }
        }
        return null;
    }

    /// The last id that the server named, with an event or without one; empty if none.
    String lastId() {
        return lastId;
    }

    /// How long the server wants a client to wait before it comes again, if it said so.
    Optional<Duration> retry() {
        return Optional.ofNullable(retry);
    }
}
