package ai.tradesense.server.api;

import ai.tradesense.operations.OperationRequest;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import jakarta.servlet.http.HttpServletRequest;

/// Who orders something. Until there is authentication, callers say so themselves, and everybody who may
/// call is on this machine.
final class Actor {
    static final String HEADER = "Tradesense-Actor";
    static final String UNNAMED = "local operator";

    private Actor() {}

    static String of(HttpServletRequest request) {
        String named = request.getHeader(HEADER);
        if (named == null || named.isBlank()) {
            return UNNAMED;
        }
        if (named.length() > OperationRequest.MAX_NAME) {
            throw new ProblemException(
                    ProblemKind.BAD_REQUEST,
                    "The header " + HEADER + " is " + named.length() + " characters long, at most "
                            + OperationRequest.MAX_NAME + " are allowed.");
        }
        return named.strip();
    }
}
