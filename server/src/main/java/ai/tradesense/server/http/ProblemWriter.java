package ai.tradesense.server.http;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import tools.jackson.databind.json.JsonMapper;

/// Writes problem documents where no controller is at hand.
public final class ProblemWriter {
    /// The media type of problem documents.
    static final String MEDIA_TYPE = "application/problem+json";

    private final JsonMapper mapper;

    public ProblemWriter(JsonMapper mapper) {
        this.mapper = mapper;
    }

    void write(HttpServletResponse response, ProblemException failure) throws IOException {
        response.setStatus(failure.kind().status());
        response.setContentType(MEDIA_TYPE);
        Duration retryAfter = failure.retryAfter();
        if (retryAfter != null) {
            response.setHeader("Retry-After", Long.toString(Math.max(1, retryAfter.toSeconds())));
        }
        response.getOutputStream().write(mapper.writeValueAsBytes(failure.problem()));
    }
}
