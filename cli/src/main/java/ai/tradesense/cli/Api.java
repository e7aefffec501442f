package ai.tradesense.cli;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/// The server's HTTP API, as far as the command line uses it. Blocks.
///
/// Made with [HttpURLConnection]: `java.net.http.HttpClient` takes several times as long to start as a verb takes
/// to run, and cannot limit how long a stream stays silent.
final class Api {
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration SILENCE_TIMEOUT = Duration.ofSeconds(60);

    /// How long the server may take before it says anything of what reads all that is stored.
    private static final Duration LONG_WORK_TIMEOUT = Duration.ofHours(1);

    private final URI server;

    /// @param server the server's root, for example `http://127.0.0.1:8080`
    Api(URI server) {
        this.server = server;
    }

    /// What a server answered.
    ///
    /// @param retryAfter its header of that name; empty if there was none
    /// @param body the whole of it
    @SuppressWarnings("ArrayRecordComponent") // handed over and never compared
    record Answer(int status, String retryAfter, byte[] body) {
        boolean isSuccess() {
            return status / 100 == 2;
        }
    }

    /// An answer that is read as it comes.
    static final class Stream implements AutoCloseable {
        private final HttpURLConnection connection;
        private final int status;
        private final InputStream body;

        private Stream(HttpURLConnection connection, int status, InputStream body) {
            this.connection = connection;
            this.status = status;
            this.body = body;
        }

        int status() {
            return status;
        }

        InputStream body() {
            return body;
        }

        /// Ends the connection, whatever may still come.
        @Override
        public void close() {
            connection.disconnect();
        }
    }

    /// What a GET is answered, success or not.
    ///
    /// @throws Unreachable if there was no answer
    Answer ask(String path) {
        return call("GET", path, Map.of(), null, SILENCE_TIMEOUT);
    }

    /// The body of a successful GET.
    ///
    /// @throws Refused if the server answers otherwise
    /// @throws Unreachable if it does not answer
    byte[] get(String path) {
        return successful(ask(path));
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
        return successful(call("POST", path, Map.of(), new byte[0], SILENCE_TIMEOUT));
    }

    /// The body of a successful POST.
    ///
    /// @param headers besides the content type
    byte[] order(String path, String contentType, Map<String, String> headers, byte[] body) {
        return successful(call("POST", path, with(contentType, headers), body, SILENCE_TIMEOUT));
    }

    /// The body of a successful POST of JSON, which the server answers when it has looked at all that is stored.
    ///
    /// @param headers besides the content type
    /// @throws Unreachable if there was no answer; what was asked for may be done all the same
    byte[] orderLongWork(String path, Map<String, String> headers, byte[] json) {
        return successful(call("POST", path, with("application/json", headers), json, LONG_WORK_TIMEOUT));
    }

    private static Map<String, String> with(String contentType, Map<String, String> headers) {
        Map<String, String> all = new HashMap<>(headers);
        all.put("Content-Type", contentType);
        return all;
    }

    /// The body of a successful DELETE.
    byte[] delete(String path, Map<String, String> headers) {
        return successful(call("DELETE", path, headers, null, SILENCE_TIMEOUT));
    }

    /// What a POST is answered, success or not.
    ///
    /// @throws Unreachable if there was no answer
    Answer post(String path, String contentType, byte[] body) {
        return call("POST", path, Map.of("Content-Type", contentType), body, SILENCE_TIMEOUT);
    }

    /// What a GET is answered, success or not, to be read as it comes; the caller closes it.
    ///
    /// @throws Unreachable if there was no answer
    Stream open(String path, Map<String, String> headers) {
        try {
            HttpURLConnection connection = connection("GET", path, headers, SILENCE_TIMEOUT);
            int status = status(connection);
            return new Stream(connection, status, body(connection, status));
        } catch (IOException failure) {
            throw unreachable(failure, SILENCE_TIMEOUT);
        }
    }

    /// Has the server begin something that takes long, by a POST, with its answer to be read as it comes; the
    /// caller closes it.
    ///
    /// @throws Refused if the server does not begin
    /// @throws Unreachable if there was no answer
    Stream start(String path) {
        try {
            HttpURLConnection connection = connection("POST", path, Map.of("Accept", "*/*"), LONG_WORK_TIMEOUT);
            send(connection, new byte[0]);
            int status = status(connection);
            Stream stream = new Stream(connection, status, body(connection, status));
            if (status / 100 != 2) {
                try (stream) {
                    throw new Refused(status, Problem.of(status, stream.body().readAllBytes()));
                }
            }
            return stream;
        } catch (IOException failure) {
            throw unreachable(failure, LONG_WORK_TIMEOUT);
        }
    }

    private Answer call(
            String method, String path, Map<String, String> headers, byte @Nullable [] body, Duration silence) {
        try {
            HttpURLConnection connection = connection(method, path, headers, silence);
            if (body != null) {
                send(connection, body);
            }
            int status = status(connection);
            String retryAfter = connection.getHeaderField("Retry-After");
            try (InputStream answer = body(connection, status)) {
                return new Answer(status, retryAfter == null ? "" : retryAfter, answer.readAllBytes());
            }
        } catch (IOException failure) {
            throw unreachable(failure, silence);
        }
    }

    private HttpURLConnection connection(String method, String path, Map<String, String> headers, Duration silence)
            throws IOException {
        HttpURLConnection connection =
                (HttpURLConnection) URI.create(server + path).toURL().openConnection();
        connection.setRequestMethod(method);
        connection.setInstanceFollowRedirects(false);
        connection.setConnectTimeout((int) CONNECT_TIMEOUT.toMillis());
        connection.setReadTimeout((int) silence.toMillis());
        connection.setRequestProperty("Accept", "application/json, application/problem+json, text/event-stream");
        headers.forEach(connection::setRequestProperty);
        return connection;
    }

    /// Sends a body, which also keeps the connection from repeating the call by itself. A server that refuses a
    /// body without reading it breaks the connection, but may have answered.
    private static void send(HttpURLConnection connection, byte[] body) throws IOException {
        connection.setDoOutput(true);
        connection.setFixedLengthStreamingMode(body.length);
        connection.connect();
        try (OutputStream out = connection.getOutputStream()) {
            out.write(body);
        } catch (IOException refused) {
            if (connection.getErrorStream() == null) {
                throw refused;
            }
        }
    }

    private static int status(HttpURLConnection connection) throws IOException {
        int status = connection.getResponseCode();
        if (status < 0) {
            throw new IOException("what it answers is no HTTP");
        }
        return status;
    }

    private static InputStream body(HttpURLConnection connection, int status) throws IOException {
        InputStream body = status >= 400 ? connection.getErrorStream() : connection.getInputStream();
        return body != null ? body : InputStream.nullInputStream();
    }

    private static byte[] successful(Answer answer) {
        if (!answer.isSuccess()) {
            throw new Refused(answer.status(), Problem.of(answer.status(), answer.body()));
        }
        return answer.body();
    }

    private Unreachable unreachable(IOException failure, Duration silence) {
        boolean connectTimedOut = failure instanceof SocketTimeoutException
                && String.valueOf(failure.getMessage()).startsWith("Connect");
        if (failure instanceof ConnectException || failure instanceof NoRouteToHostException || connectTimedOut) {
            return noServer(String.valueOf(failure.getMessage()), failure);
        }
        if (failure instanceof UnknownHostException) {
            return noServer("no such host", failure);
        }
        if (failure instanceof SocketTimeoutException) {
            return new Unreachable(server + " was silent for " + silence.toSeconds() + " s", false, failure);
        }
        return new Unreachable("the connection to " + server + " broke (" + failure.getMessage() + ")", false, failure);
    }

    private Unreachable noServer(String reason, IOException failure) {
        return new Unreachable(
                "no server answers at " + server + " (" + reason
                        + "); start one with 'tradesense up', or name it with --server URL",
                true,
                failure);
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
            return problem.type().equals(Problem.INVALID_PARAMETER)
                    || problem.type().equals(Problem.INVALID_OPERATION)
                    || problem.type().equals(Problem.INVALID_HOLD);
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
