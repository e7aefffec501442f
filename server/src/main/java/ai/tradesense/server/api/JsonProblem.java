package ai.tradesense.server.api;

import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/// What is wrong with JSON, without what only Jackson's own users understand.
final class JsonProblem {
    private static final Pattern SOURCE = Pattern.compile(" \\(start marker at \\[Source: [^\\]]*\\]\\)");

    private JsonProblem() {}

    static String words(JacksonException malformed) {
        return SOURCE.matcher(String.valueOf(malformed.getOriginalMessage())).replaceAll("");
    }
}
