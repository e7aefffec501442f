package ai.tradesense.cli;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// The server's HTTP API, as far as the command line uses it. Blocks.
final class Api {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);

    private final URI server;
    private final HttpClient client;

    /// @param server the server's root, for example `http://127.0.0.1:8080`
    Api(URI server) {
        this.server = server;
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .connectTimeout(CONNECT_TIMEOUT)
                .build();
    }

    /// What a server answered.
    ///
    /// @param body the whole of it
    @SuppressWarnings("ArrayRecordComponent") // handed over and never compared
    record Answer(int status, HttpHeaders headers, byte[] body) {}

    URI server() {
        return server;
    }

    /// The body of a successful GET.
    ///
    /// @throws Refused if the server answers otherwise
    /// @throws Unreachable if it does not answer
    byte[] get(String path) {
        return successful(send(request(path).GET().build(), BodyHandlers.ofByteArray()));
    }

    /// The body of a successful GET, read.
    Json getJson(String path) {
        return read(get(path), path);
    }

    /// Reads what an endpoint answered.
    Json read(byte[] body, String path) {
        try {
            return Json.parse(body);
        } catch (JacksonException noJson) {
            throw new CommandFailure(
                    "what " + server + path + " answers is no JSON; is that a TradeSense server?", noJson);
        }
    }

    /// The body of a successful POST without a body of its own.
    byte[] post(String path) {
        return successful(send(request(path).POST(BodyPublishers.noBody()).build(), BodyHandlers.ofByteArray()));
    }

    /// What a POST is answered, success or not.
    ///
    /// @throws Unreachable if there was no answer
    Answer post(String path, String contentType, byte[] body) {
        HttpRequest request = request(path)
                .header("Content-Type", contentType)
                .POST(BodyPublishers.ofByteArray(body))
                .build();
        HttpResponse<byte[]> response = send(request, BodyHandlers.ofByteArray());
        return new Answer(response.statusCode(), response.headers(), response.body());
    }

    /// What a GET is answered, success or not, to be read as it comes; the caller closes it.
    ///
    /// @throws Unreachable if there was no answer
    HttpResponse<InputStream> open(String path, Map<String, String> headers) {
        HttpRequest.Builder request = request(path).GET();
        headers.forEach(request::header);
        return send(request.build(), BodyHandlers.ofInputStream());
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server + path))
                .timeout(ANSWER_TIMEOUT)
                .header("Accept", "application/json, application/problem+json, text/event-stream");
    }

    private static byte[] successful(HttpResponse<byte[]> response) {
        if (response.statusCode() / 100 != 2) {
            throw new Refused(response.statusCode(), Problem.of(response.statusCode(), response.body()));
        }
        return response.body();
    }

    private <T> HttpResponse<T> send(HttpRequest request, BodyHandler<T> handler) {
        try {
            return client.send(request, handler);
        } catch (ConnectException | HttpConnectTimeoutException failure) {
            throw new Unreachable(noServer(failure), true, failure);
        } catch (HttpTimeoutException failure) {
            throw new Unreachable(
                    server + " did not answer within " + ANSWER_TIMEOUT.toSeconds() + " s", false, failure);
        } catch (IOException failure) {
            throw new Unreachable("the connection to " + server + " broke (" + reason(failure) + ")", false, failure);
        } catch (InterruptedException failure) {
            Thread.currentThread().interrupt();
            throw new CommandFailure("was interrupted", failure);
        }
    }

    private String noServer(IOException failure) {
        return "no server answers at " + server + " (" + reason(failure)
                + "); start one with 'tradesense up', or name it with --server URL";
    }

    private static String reason(Throwable failure) {
        if (failure instanceof HttpConnectTimeoutException) {
            return "no connection within " + CONNECT_TIMEOUT.toSeconds() + " s";
        }
        for (@Nullable Throwable cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnresolvedAddressException) {
                return "no such host";
            }
        }
        if (failure instanceof ConnectException) {
            return "connection refused";
        }
        String message = failure.getMessage();
        return message != null ? message : failure.getClass().getSimpleName();
    }

    /// The server answered, but not with success.
    static final class Refused extends CommandFailure {
        private final Problem problem;

        Refused(int status, Problem problem) {
            super("the server answered " + status + ": " + problem.detail());
            this.problem = problem;
        }

        /// Whether what the user asked for makes no sense to the server.
        boolean isWrongParameter() {
            return problem.type().equals(Problem.INVALID_PARAMETER);
        }
    }

    /// The server did not answer.
    static final class Unreachable extends CommandFailure {
        private final boolean neverConnected;

        Unreachable(String message, boolean neverConnected, Throwable cause) {
            super(message, cause);
            this.neverConnected = neverConnected;
        }

        /// Whether there was not even a connection, so that nothing can have happened.
        boolean neverConnected() {
            return neverConnected;
        }
    }
}
