package ai.tradesense.cli;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;

/// Why the server refused something (RFC 9457).
///
/// @param type which kind of problem, a URI; empty if the server does not say
/// @param detail in words
/// @param errors the single things that are wrong, where the server names them
record Problem(String type, String detail, List<Finding> errors) {
    static final String INVALID_PARAMETER = "urn:tradesense:problem:invalid-parameter";
    static final String INVALID_OPERATION = "urn:tradesense:problem:invalid-operation";
    static final String INVALID_HOLD = "urn:tradesense:problem:invalid-hold";

    private static final Pattern IN_BATCH = Pattern.compile("#?/([0-9]{1,9})(/.*)?");
    private static final int LONGEST_EXCERPT = 200;

    /// One thing that is wrong.
    ///
    /// @param pointer where, as a JSON pointer into what was sent; empty for the whole
    record Finding(String pointer, String detail) {
        /// The index of the event in a batch that this is about; -1 if it is about none in particular.
        int index() {
            Matcher matcher = IN_BATCH.matcher(pointer);
            return matcher.matches() ? Integer.parseInt(matcher.group(1)) : -1;
        }

        /// In words, seen from the event.
        String inEvent() {
            Matcher matcher = IN_BATCH.matcher(pointer);
            String place = matcher.matches() ? matcher.group(2) : pointer;
            return place == null || place.isEmpty() ? detail : place + ": " + detail;
        }
    }

    /// Reads an answer, which need not be a problem document: it may come from something in between.
    static Problem of(int status, byte[] body) {
        Json json;
        try {
            json = Json.parse(body);
        } catch (JacksonException noJson) {
            return new Problem("", excerpt(status, new String(body, StandardCharsets.UTF_8)), List.of());
        }
        String detail = json.at("detail").text();
        if (detail.isEmpty()) {
            detail = json.at("title").text();
        }
        List<Finding> errors = new ArrayList<>();
        for (Json error : json.at("errors").items()) {
            errors.add(
                    new Finding(error.at("pointer").text(), error.at("detail").text()));
        }
        String pointer = json.at("pointer").text();
        if (errors.isEmpty() && !pointer.isEmpty()) {
            errors.add(new Finding(pointer, detail));
        }
        return new Problem(json.at("type").text(), detail.isEmpty() ? excerpt(status, json.compact()) : detail, errors);
    }

    private static String excerpt(int status, String body) {
        String line = Table.printable(body.strip());
        if (line.isEmpty()) {
            return "no reason given (HTTP " + status + ")";
        }
        return line.length() > LONGEST_EXCERPT ? line.substring(0, LONGEST_EXCERPT) + "…" : line;
    }
}
