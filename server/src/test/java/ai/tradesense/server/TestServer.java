package ai.tradesense.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.TradeSense;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.springframework.boot.web.server.context.WebServerApplicationContext;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.util.FileSystemUtils;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// A real server in this process on a free port, spoken to over HTTP.
final class TestServer implements AutoCloseable {
    static final String STRUCTURED = "application/cloudevents+json";
    static final String BATCH = "application/cloudevents-batch+json";

    private static final JsonMapper MAPPER = JsonMapper.shared();
    private static final AtomicInteger NAMES = new AtomicInteger();

    private final ConfigurableApplicationContext context;
    private final Runnable cleanUp;
    private final HttpClient client =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

    private TestServer(ConfigurableApplicationContext context, Runnable cleanUp) {
        this.context = context;
        this.cleanUp = cleanUp;
    }

    private static final class Shared {
        static final TestServer SERVER = start();

        static {
            Runtime.getRuntime().addShutdownHook(new Thread(SERVER::close));
        }
    }

    /// One server for all tests that do not care what others have published. It ends with this process.
    static TestServer shared() {
        return Shared.SERVER;
    }

    /// A server with these settings, and with an empty data folder.
    static TestServer start(String... settings) {
        try {
            Path data = Files.createTempDirectory("tradesense-server");
            return start(data, () -> FileSystemUtils.deleteRecursively(data.toFile()), settings);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// A server on a data folder that is kept.
    static TestServer on(Path data, String... settings) {
        return start(data, () -> {}, settings);
    }

    private static TestServer start(Path data, Runnable cleanUp, String... settings) {
        List<String> arguments = new ArrayList<>(Arrays.asList(settings));
        arguments.add("--tradesense.data-dir=" + data);
        if (arguments.stream().noneMatch(setting -> setting.startsWith("--server.port="))) {
            arguments.add("--server.port=0");
        }
        return new TestServer(TradeSenseServer.start(arguments.toArray(String[]::new)), cleanUp);
    }

    /// A name that no other test uses, for subjects, workers and ids.
    static String unique(String prefix) {
        return prefix + "-" + NAMES.incrementAndGet();
    }

    TradeSense tradesense() {
        return context.getBean(TradeSense.class);
    }

    ConfigurableApplicationContext context() {
        return context;
    }

    int port() {
        return ((WebServerApplicationContext) context).getWebServer().getPort();
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + port() + path);
    }

    /// What came back.
    record Answer(int status, HttpResponse<byte[]> response) {
        String header(String name) {
            return response.headers().firstValue(name).orElse("");
        }

        String text() {
            return new String(response.body(), UTF_8);
        }

        JsonNode json() {
            return MAPPER.readTree(response.body());
        }
    }

    Answer send(HttpRequest.Builder request) {
        try {
            HttpResponse<byte[]> response = client.send(request.build(), BodyHandlers.ofByteArray());
            return new Answer(response.statusCode(), response);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
    }

    Answer get(String path) {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    Answer post(String path) {
        return send(HttpRequest.newBuilder(uri(path)).POST(BodyPublishers.noBody()));
    }

    Answer post(String path, String contentType, String body) {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofString(body)));
    }

    Answer postJson(String path, String body) {
        return post(path, "application/json", body);
    }

    Answer publish(String contentType, String body) {
        return publish(contentType, body.getBytes(UTF_8));
    }

    Answer publish(String contentType, byte[] body) {
        return send(HttpRequest.newBuilder(uri("/api/v1/events"))
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofByteArray(body)));
    }

    /// A stream that is read line by line.
    HttpResponse<InputStream> open(HttpRequest.Builder request) throws IOException, InterruptedException {
        return client.send(request.build(), BodyHandlers.ofInputStream());
    }

    /// Sends bytes as they are, for what an HTTP client would not send, and gives all that comes back until the
    /// server closes.
    String raw(String request) throws IOException {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.getOutputStream().write(request.getBytes(UTF_8));
            socket.getOutputStream().flush();
            return new String(socket.getInputStream().readAllBytes(), UTF_8);
        }
    }

    @Override
    public void close() {
        client.close();
        context.close();
        cleanUp.run();
    }
}
