package ai.tradesense.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;

/// Speaks HTTP as the contract says, and misbehaves where a test wants it to: answers that were prepared come first, in
/// their order, then what a path answers always.
final class ContractServer implements AutoCloseable {
    private final HttpServer server;
    private final Map<String, Reaction> always = new ConcurrentHashMap<>();
    private final Map<String, Deque<Reaction>> prepared = new ConcurrentHashMap<>();
    private final List<Call> calls = new CopyOnWriteArrayList<>();

    ContractServer() {
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    /// A call that arrived.
    record Call(String method, String target, Map<String, String> headers, String body) {
        Json json() {
            return Json.parse(body.getBytes(StandardCharsets.UTF_8));
        }
    }

    /// What is done about a call.
    @FunctionalInterface
    interface Reaction {
        void to(Call call, HttpExchange exchange) throws IOException;

        static Reaction json(int status, String body) {
            return with(status, "application/json", Map.of(), body);
        }

        static Reaction problem(int status, Map<String, String> headers, String body) {
            return with(status, "application/problem+json", headers, body);
        }

        static Reaction with(int status, String contentType, Map<String, String> headers, String body) {
            return (_, exchange) -> {
                byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
                exchange.getResponseHeaders().set("Content-Type", contentType);
                headers.forEach(exchange.getResponseHeaders()::set);
                exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
                exchange.getResponseBody().write(bytes);
                exchange.close();
            };
        }

        /// Sends the pieces of a stream one by one and ends the connection.
        static Reaction stream(String... pieces) {
            return (_, exchange) -> {
                exchange.getResponseHeaders().set("Content-Type", "text/event-stream");
                exchange.sendResponseHeaders(200, 0);
                for (String piece : pieces) {
                    exchange.getResponseBody().write(piece.getBytes(StandardCharsets.UTF_8));
                    exchange.getResponseBody().flush();
                }
                exchange.close();
            };
        }

        /// Breaks the connection without a word.
        static Reaction hangUp() {
            return (_, exchange) -> exchange.close();
        }
    }

    /// What a path answers when nothing is prepared.
    ContractServer always(String path, Reaction reaction) {
        always.put(path, reaction);
        return this;
    }

    /// What a path answers next.
    ContractServer next(String path, Reaction reaction) {
        prepared.computeIfAbsent(path, _ -> new ArrayDeque<>()).add(reaction);
        return this;
    }

    /// The calls that arrived, in their order.
    List<Call> calls() {
        return calls;
    }

    URI url() {
        return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
    }

    @Override
    public void close() {
        server.stop(0);
    }

    private void handle(HttpExchange exchange) throws IOException {
        Map<String, String> headers = new ConcurrentHashMap<>();
        exchange.getRequestHeaders().forEach((name, values) -> headers.put(name, values.getFirst()));
        Call call = new Call(
                exchange.getRequestMethod(),
                exchange.getRequestURI().toString(),
                headers,
                new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8));
        calls.add(call);
        String path = exchange.getRequestURI().getRawPath();
        Deque<Reaction> queue = prepared.getOrDefault(path, new ArrayDeque<>());
        Reaction reaction;
        synchronized (this) {
            reaction = queue.poll();
        }
        if (reaction == null) {
            reaction = always.getOrDefault(
                    path, Reaction.problem(404, Map.of(), "{\"detail\":\"nothing is at " + path + "\"}"));
        }
        reaction.to(call, exchange);
    }
}
