package ai.tradesense.server.api;

import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.operations.InvalidOperationException;
import ai.tradesense.operations.OperationKind;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Operations;
import ai.tradesense.operations.Pace;
import ai.tradesense.operations.Selection;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads what an operator ordered, strictly: a member that is not known is refused rather than overlooked,
/// because a misspelled filter would select everything.
///
/// @param isDryRun whether only to say what would happen
record OperationOrder(OperationRequest request, boolean isDryRun) {
    /// The longest text of a filter, in characters.
    private static final int MAX_FILTER = 1_000;

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Set<String> MEMBERS =
            Set.of("kind", "selection", "dryRun", "canary", "rate", "stopOnFailures", "reason", "requestId");
    private static final Set<String> FILTERS =
            Set.of("all", "ids", "worker", "type", "subject", "cause", "state", "from", "to", "text");
    private static final Set<String> REPLAY_FILTERS =
            Set.of("worker", "type", "subject", "from", "to", "after", "upTo");

    /// Reads an order.
    ///
    /// @throws ProblemException if it is no JSON object
    /// @throws InvalidOperationException saying where it is wrong, and what
    static OperationOrder read(byte[] body, String actor) {
        JsonNode order;
        try {
            order = MAPPER.readTree(body);
        } catch (JacksonException malformed) {
            throw new ProblemException(
                    ProblemKind.BAD_REQUEST, "The body is no JSON: " + JsonProblem.words(malformed) + ".");
        }
        if (!order.isObject()) {
            throw new ProblemException(
                    ProblemKind.BAD_REQUEST, "The body is " + kindOf(order) + ", expected a JSON object.");
        }
        requireKnown("", order, MEMBERS);
        OperationKind kind = kind(order.path("kind"));
        String reason = text("/reason", order.path("reason"));
        return new OperationOrder(
                new OperationRequest(
                        kind,
                        selection(kind, order.path("selection")),
                        pace(kind, order),
                        actor,
                        reason == null ? "" : reason,
                        text("/requestId", order.path("requestId"))),
                flag("/dryRun", order.path("dryRun")));
    }

    private static void requireKnown(String pointer, JsonNode object, Set<String> known) {
        for (String name : object.propertyNames()) {
            if (!known.contains(name)) {
                throw new InvalidOperationException(
                        pointer + InvalidEventException.step(name),
                        "is not known here; expected " + String.join(", ", new TreeSet<>(known)));
            }
        }
    }

    private static OperationKind kind(JsonNode node) {
        return switch (node.isString() ? node.asString() : "") {
            case "retry" -> OperationKind.RETRY;
            case "discard" -> OperationKind.DISCARD;
            case "restore" -> OperationKind.RESTORE;
            case "replay" -> OperationKind.REPLAY;
            default ->
                throw new InvalidOperationException("/kind", is(node) + ", expected retry, discard, restore or replay");
        };
    }

    private static Selection selection(OperationKind kind, JsonNode node) {
        if (!node.isObject()) {
            throw new InvalidOperationException("/selection", is(node) + ", expected an object");
        }
        return kind == OperationKind.REPLAY ? stored(node) : deadLetters(node);
    }

    private static Selection stored(JsonNode node) {
        requireKnown("/selection", node, REPLAY_FILTERS);
        String worker = filterText(node, "worker");
        if (worker == null) {
            throw new InvalidOperationException("/selection/worker", "is missing, expected who gets the events");
        }
        return new Selection.Stored(
                worker,
                filterText(node, "type"),
                filterText(node, "subject"),
                time(node, "from"),
                time(node, "to"),
                position(node, "after", 0),
                position(node, "upTo", 1));
    }

    private static @Nullable Long position(JsonNode selection, String name, long least) {
        JsonNode node = selection.path(name);
        if (!isGiven(node)) {
            return null;
        }
        if (!node.isIntegralNumber() || !node.canConvertToLong() || node.asLong() < least) {
            throw new InvalidOperationException(
                    "/selection/" + name, is(node) + ", expected a position, from " + least);
        }
        return (Long) node.asLong();
    }

    private static Selection deadLetters(JsonNode node) {
        requireKnown("/selection", node, FILTERS);
        if (node.has("ids")) {
            if (node.size() > 1) {
                throw new InvalidOperationException("/selection", "has ids and something else, expected one of them");
            }
            return new Selection.Listed(ids(node.path("ids")));
        }
        DeadLetterFilter filter = new DeadLetterFilter(
                filterText(node, "worker"),
                types(node),
                filterText(node, "subject"),
                filterText(node, "cause"),
                state(filterText(node, "state")),
                time(node, "from"),
                time(node, "to"),
                filterText(node, "text"));
        boolean all = flag("/selection/all", node.path("all"));
        if (all != filter.isAll()) {
            throw new InvalidOperationException(
                    "/selection",
                    all
                            ? "has all and a filter, expected one of them"
                            : "selects nothing in particular; expected ids, a filter, or \"all\": true");
        }
        return new Selection.Matching(filter);
    }

    private static List<Long> ids(JsonNode node) {
        if (!node.isArray()) {
            throw new InvalidOperationException("/selection/ids", is(node) + ", expected a list of ids");
        }
        if (node.isEmpty() || node.size() > Operations.MAX_LISTED) {
            throw new InvalidOperationException(
                    "/selection/ids", "has " + node.size() + " ids, expected 1 to " + Operations.MAX_LISTED);
        }
        List<Long> ids = new ArrayList<>(node.size());
        for (JsonNode id : node) {
            if (!id.isIntegralNumber() || !id.canConvertToLong() || id.asLong() < 1) {
                throw new InvalidOperationException(
                        "/selection/ids/" + ids.size(), is(id) + ", expected the id of a dead letter");
            }
            ids.add(id.asLong());
        }
        return ids;
    }

    private static @Nullable TypeFilter types(JsonNode selection) {
        String patterns = filterText(selection, "type");
        try {
            return patterns == null ? null : TypeFilter.parse(patterns);
        } catch (InvalidEventException malformed) {
            throw new InvalidOperationException("/selection/type", malformed.problem());
        }
    }

    private static DeadLetterFilter.@Nullable State state(@Nullable String word) {
        return switch (word) {
            case null -> null;
            case "dead", "quarantined", "discarded" -> DeadLetterFilter.State.valueOf(word.toUpperCase(Locale.ROOT));
            default ->
                throw new InvalidOperationException(
                        "/selection/state",
                        "is " + InvalidEventException.quote(word) + ", expected dead, quarantined or discarded");
        };
    }

    private static @Nullable Instant time(JsonNode selection, String name) {
        String text = filterText(selection, name);
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException invalid) {
            throw new InvalidOperationException(
                    "/selection/" + name,
                    "is " + InvalidEventException.quote(text) + ", expected a time such as 2026-01-31T12:00:00Z");
        }
    }

    private static @Nullable String filterText(JsonNode selection, String name) {
        String text = text("/selection/" + name, selection.path(name));
        if (text != null && text.isEmpty()) {
            throw new InvalidOperationException("/selection/" + name, "is empty");
        }
        if (text != null && text.length() > MAX_FILTER) {
            throw new InvalidOperationException(
                    "/selection/" + name,
                    "is " + text.length() + " characters long, at most " + MAX_FILTER + " are allowed");
        }
        return text;
    }

    /// What is not given is what suits the kind.
    private static Pace pace(OperationKind kind, JsonNode order) {
        Pace usual = kind.isTried() ? Pace.CAREFUL : Pace.UNLIMITED;
        JsonNode rate = order.path("rate");
        if (isGiven(rate) && !rate.isNumber()) {
            throw new InvalidOperationException("/rate", is(rate) + ", expected events a second");
        }
        JsonNode stop = order.path("stopOnFailures");
        if (isGiven(stop) && !(stop.isIntegralNumber() && stop.canConvertToInt())) {
            throw new InvalidOperationException("/stopOnFailures", is(stop) + ", expected a number of events");
        }
        return new Pace(
                isGiven(order.path("canary")) ? canary(order.path("canary")) : usual.canary(),
                isGiven(rate) ? (Double) rate.asDouble() : null,
                isGiven(stop) ? stop.asInt() : usual.stopOnFailures());
    }

    private static List<Integer> canary(JsonNode node) {
        if (!node.isArray()) {
            throw new InvalidOperationException("/canary", is(node) + ", expected a list of batch sizes");
        }
        List<Integer> sizes = new ArrayList<>(node.size());
        for (JsonNode size : node) {
            if (!size.isIntegralNumber() || !size.canConvertToInt()) {
                throw new InvalidOperationException(
                        "/canary/" + sizes.size(), is(size) + ", expected the size of a batch");
            }
            sizes.add(size.asInt());
        }
        return sizes;
    }

    private static boolean flag(String pointer, JsonNode node) {
        if (isGiven(node) && !node.isBoolean()) {
            throw new InvalidOperationException(pointer, is(node) + ", expected true or false");
        }
        return isGiven(node) && node.asBoolean();
    }

    private static @Nullable String text(String pointer, JsonNode node) {
        if (isGiven(node) && !node.isString()) {
            throw new InvalidOperationException(pointer, is(node) + ", expected text");
        }
        return isGiven(node) ? node.asString() : null;
    }

    private static boolean isGiven(JsonNode node) {
        return !node.isMissingNode() && !node.isNull();
    }

    private static String is(JsonNode node) {
        return node.isMissingNode()
                ? "is missing"
                : "is " + (node.isString() ? InvalidEventException.quote(node.asString()) : kindOf(node));
    }

    private static String kindOf(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "a list";
            case OBJECT -> "an object";
            case NULL -> "null";
            case MISSING -> "empty";
            default -> InvalidEventException.quote(node.toString());
        };
    }
}
