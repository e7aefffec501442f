package ai.tradesense.server.api;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/// Writes the text/event-stream format (HTML Living Standard, section 9.2). Blocks while the reader does not keep
/// up; fails when it is gone, or has taken nothing for as long as the connection allows.
final class EventStream {
    private final OutputStream output;

    EventStream(OutputStream output) {
        this.output = output;
    }

    /// The position that a reader resumes from if it has seen nothing else, and how long it waits before it does.
    void open(long position, long retryMillis) throws IOException {
        text("retry: " + retryMillis + "\nid: " + position + "\n\n");
        output.flush();
    }

    void event(long position, byte[] json) throws IOException {
        text("id: " + position + "\ndata: ");
        output.write(onOneLine(json));
        text("\n\n");
    }

    /// Something that cannot be decoded and may be an event that was asked for.
    void unreadable(long position, byte[] json) throws IOException {
        text("id: " + position + "\nevent: unreadable\ndata: ");
        output.write(onOneLine(json));
        text("\n\n");
    }

    /// Says that a reader who asked for no more than a rate was spared events.
    void skipped(long after, long before) throws IOException {
        text("event: skipped\ndata: {\"after\":" + after + ",\"before\":" + before + "}\n\n");
    }

    /// Nothing that a reader sees, but it moves its position and finds out whether it is there.
    void heartbeat(long position) throws IOException {
        text(": alive\nid: " + position + "\n\n");
        output.flush();
    }

    void flush() throws IOException {
        output.flush();
    }

    private void text(String text) throws IOException {
        output.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /// Line breaks in JSON stand between tokens only, never in a string, so that a space means the same.
    private static byte[] onOneLine(byte[] json) {
        byte[] line = json.clone();
        for (int i = 0; i < line.length; i++) {
            if (line[i] == '\n' || line[i] == '\r') {
                line[i] = ' ';
            }
        }
        return line;
    }
}
