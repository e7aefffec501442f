package ai.tradesense.server.http;

import java.io.IOException;
import java.util.List;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/// Problem documents for what Tomcat refuses before any controller is asked, such as a path it will not decode.
/// Tomcat makes it by its name.
public final class ProblemReportValve extends ErrorReportValve {
    private static final JsonMapper MAPPER = JsonMapper.shared();

    @Override
    protected void report(Request request, Response response, @Nullable Throwable failure) {
        int status = response.getStatus();
        if (status < 400 || response.getContentWritten() > 0 || !response.setErrorReported()) {
            return;
        }
        ProblemKind kind = status >= 500
                ? ProblemKind.INTERNAL_ERROR
                : switch (status) {
                    case 404 -> ProblemKind.NOT_FOUND;
                    case 405 -> ProblemKind.METHOD_NOT_ALLOWED;
                    case 413 -> ProblemKind.TOO_LARGE;
                    default -> ProblemKind.BAD_REQUEST;
                };
        String why = kind == ProblemKind.BAD_REQUEST
                ? ": its first line or a header is longer than 8 KiB, or has characters that may not be there."
                : ".";
        Problem problem = new Problem(
                kind.urn(), kind.title(), status, "The request was refused before it was looked at" + why, List.of());
        response.setContentType(ProblemWriter.MEDIA_TYPE);
        try {
            response.getOutputStream().write(MAPPER.writeValueAsBytes(problem));
            response.finishResponse();
        } catch (IOException gone) {
            getContainer().getLogger().debug("The caller has gone", gone);
        }
    }
}
