package ai.tradesense.catalog;

import ai.tradesense.events.InvalidEventException;
import com.networknt.schema.Error;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/// What a schema says against some data, in our words.
final class SchemaProblem {
    private static final int MAX_SHOWN = 40;

    private SchemaProblem() {}

    /// The most specific problem, and of several the first.
    static InvalidEventException of(List<Error> errors) {
        Error error = errors.stream()
                .max(Comparator.comparingInt(SchemaProblem::depth))
                .orElseThrow(() -> new IllegalArgumentException("no errors, expected at least one"));
        return new InvalidEventException("/data" + pointer(error), problem(error));
    }

    private static int depth(Error error) {
        return error.getInstanceLocation().getNameCount() + (error.getKeyword().equals("required") ? 1 : 0);
    }

    private static String pointer(Error error) {
        String location = error.getInstanceLocation().toString();
        String missing = missing(error);
        return missing == null
                ? location
                : location + "/" + missing.replace("~", "~0").replace("/", "~1");
    }

    private static @Nullable String missing(Error error) {
        return error.getKeyword().equals("required") ? error.getProperty() : null;
    }

    private static String problem(Error error) {
        JsonNode rule = error.getSchemaNode();
        String found = "is " + shown(error.getInstanceNode()) + ", expected ";
        return switch (error.getKeyword()) {
            case "required" -> "is missing";
            case "type" -> found + types(rule);
            case "enum" ->
                found + "one of "
                        + StreamSupport.stream(rule.spliterator(), false)
                                .filter(JsonNode::isString)
                                .map(JsonNode::stringValue)
                                .collect(Collectors.joining(", "));
            case "format" -> found + format(rule.asString());
            case "exclusiveMinimum" -> found + "more than " + number(rule);
            case "minimum" -> found + number(rule) + " or more";
            case "exclusiveMaximum" -> found + "less than " + number(rule);
            case "maximum" -> found + "at most " + number(rule);
            case "minLength" -> "is empty, expected at least 1 character";
            case "maxLength" -> "is longer than the " + number(rule) + " characters allowed";
            case "pattern" -> found + "text of the form " + rule.asString();
            default -> error.getMessage();
        };
    }

    private static String types(JsonNode rule) {
        if (rule.isArray()) {
            return StreamSupport.stream(rule.spliterator(), false)
                    .map(SchemaProblem::types)
                    .collect(Collectors.joining(" or "));
        }
        return switch (rule.asString()) {
            case "string" -> "text";
            case "number" -> "a number";
            case "integer" -> "an integer";
            case "boolean" -> "true or false";
            case "array" -> "an array";
            case "object" -> "an object";
            default -> rule.asString();
        };
    }

    private static String format(String format) {
        return format.equals("date-time") ? "a time such as 2026-01-31T09:30:00Z" : "text of the format " + format;
    }

    private static String number(JsonNode rule) {
        return rule.isNumber() ? rule.decimalValue().toPlainString() : rule.asString();
    }

    /// The value as it was written, cut where it is long; what an object or array holds is not repeated.
    private static String shown(JsonNode node) {
        if (node.isObject()) {
            return "an object";
        }
        if (node.isArray()) {
            return "an array";
        }
        String text = node.isString() ? "'" + node.stringValue() + "'" : node.toString();
        return text.length() > MAX_SHOWN ? text.substring(0, MAX_SHOWN) + "…" : text;
    }
}
