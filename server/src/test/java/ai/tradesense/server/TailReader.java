package ai.tradesense.server;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads a tail as a browser does.
final class TailReader implements AutoCloseable {
    /// One message of the stream.
    record Message(String event, String id, String data) {
        JsonNode json() {
            return JsonMapper.shared().readTree(data);
        }
    }

    final HttpResponse<InputStream> response;
    final List<Message> messages = new CopyOnWriteArrayList<>();
    final List<String> comments = new CopyOnWriteArrayList<>();
    private volatile String lastId = "";
    private volatile boolean ended;

    private TailReader(HttpResponse<InputStream> response) {
        this.response = response;
    }

    static TailReader of(TestServer server, String query, String... headers) throws Exception {
        HttpRequest.Builder request = HttpRequest.newBuilder(server.uri("/api/v1/tail" + query));
        if (headers.length > 0) {
            request.headers(headers);
        }
        TailReader reader = new TailReader(server.open(request));
        Thread.ofVirtual().start(reader::read);
        return reader;
    }

    private void read() {
        StringBuilder data = new StringBuilder();
        String event = "message";
        try (BufferedReader lines =
                new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.isEmpty()) {
                    if (!data.isEmpty()) {
                        messages.add(new Message(event, lastId, data.toString()));
                    }
                    data.setLength(0);
                    event = "message";
                } else if (line.startsWith(":")) {
                    comments.add(line);
                } else if (line.startsWith("data: ")) {
                    data.append(line.substring("data: ".length()));
                } else if (line.startsWith("id: ")) {
                    lastId = line.substring("id: ".length());
                } else if (line.startsWith("event: ")) {
                    event = line.substring("event: ".length());
                }
            }
        } catch (IOException gone) {
            // closed by one side or the other
        }
        ended = true;
    }

    String lastId() {
        return lastId;
    }

    boolean ended() {
        return ended;
    }

    /// The ids of the events seen, in order.
    List<String> eventIds() {
        return messages.stream()
                .filter(message -> message.event().equals("message"))
                .map(message -> message.json().get("id").asString())
                .toList();
    }

    @Override
    public void close() throws IOException {
        response.body().close();
    }
}
