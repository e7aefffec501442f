package ai.tradesense.server.http;

import ai.tradesense.server.http.Problem.Finding;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Ends a call with a problem document.
public final class ProblemException extends RuntimeException {
    private final ProblemKind kind;
    private final String detail;
    private final List<Finding> findings;
    private final @Nullable Duration retryAfter;

    private ProblemException(ProblemKind kind, String detail, List<Finding> findings, @Nullable Duration retryAfter) {
        super(detail);
        this.kind = kind;
        this.detail = detail;
        this.findings = List.copyOf(findings);
        this.retryAfter = retryAfter;
    }

    public ProblemException(ProblemKind kind, String detail, List<Finding> findings) {
        this(kind, detail, findings, null);
    }

    public ProblemException(ProblemKind kind, String detail) {
        this(kind, detail, List.of(), null);
    }

    /// A parameter of the query is wrong.
    public static ProblemException parameter(String name, String problem) {
        return new ProblemException(
                ProblemKind.INVALID_PARAMETER,
                "The parameter '" + name + "' " + problem + ".",
                List.of(new Finding(null, name, problem)));
    }

    /// The caller may try again.
    public static ProblemException retryLater(ProblemKind kind, String detail, Duration retryAfter) {
        return new ProblemException(kind, detail, List.of(), retryAfter);
    }

    public ProblemKind kind() {
        return kind;
    }

    public Problem problem() {
        return Problem.of(kind, detail, findings);
    }

    /// How long the caller should wait before trying again; null if that would not help.
    @Nullable
    Duration retryAfter() {
        return retryAfter;
    }
}
