package ai.tradesense.server.http;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A problem document, RFC 9457.
///
/// @param type what kind of problem it is, a URN
/// @param title the same in words
/// @param status the status of the response
/// @param detail what was expected and what was found this time
/// @param errors where, if it can be said
@JsonInclude(JsonInclude.Include.NON_EMPTY)
public record Problem(String type, String title, int status, String detail, List<Finding> errors) {

    static Problem of(ProblemKind kind, String detail, List<Finding> errors) {
        return new Problem(kind.urn(), kind.title(), kind.status(), detail, errors);
    }

    /// One thing that is wrong.
    ///
    /// @param pointer where, as a JSON pointer (RFC 6901) into the structured form of what was sent
    /// @param parameter which parameter of the query, if it is one
    /// @param detail what was expected and what was found
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record Finding(
            @Nullable String pointer, @Nullable String parameter, String detail) {
        /// Something wrong in the body, or in the header that stands for that part of it.
        public static Finding at(String pointer, String detail) {
            return new Finding(pointer, null, detail);
        }
    }
}
