package ai.tradesense.server.api;

import ai.tradesense.events.InvalidEventException;
import ai.tradesense.retention.InvalidHoldException;
import ai.tradesense.retention.LegalHold.Scope;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import jakarta.servlet.http.HttpServletRequest;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/// Reads which events somebody wants held, strictly: a member that is misspelled would hold others.
record HoldOrder(Scope scope, String reason) {
    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private static final Set<String> MEMBERS = Set.of("domain", "subject", "from", "to", "reason");

    /// Reads an order.
    ///
    /// @throws ProblemException if it is no JSON object
    /// @throws InvalidHoldException saying where it is wrong, and what
    static HoldOrder read(HttpServletRequest request, byte[] body) {
        requireJson(request.getContentType());
        JsonNode order;
        try {
            order = MAPPER.readTree(body);
        } catch (JacksonException malformed) {
            throw new ProblemException(
                    ProblemKind.BAD_REQUEST, "The body is no JSON: " + JsonProblem.words(malformed) + ".");
        }
        if (!order.isObject()) {
            throw new ProblemException(ProblemKind.BAD_REQUEST, "The body is no JSON object.");
        }
        Set<String> unknown = new TreeSet<>(order.propertyNames());
        unknown.removeAll(MEMBERS);
        for (String name : unknown) {
            throw new InvalidHoldException(
                    "/" + name.replace("~", "~0").replace("/", "~1"),
                    "is not known here; expected " + String.join(", ", new TreeSet<>(MEMBERS)));
        }
        String reason = text(order, "reason");
        return new HoldOrder(
                new Scope(text(order, "domain"), text(order, "subject"), time(order, "from"), time(order, "to")),
                reason == null ? "" : reason);
    }

    private static void requireJson(@Nullable String contentType) {
        try {
            if (contentType != null
                    && MediaType.parseMediaType(contentType).isCompatibleWith(MediaType.APPLICATION_JSON)) {
                return;
            }
        } catch (InvalidMediaTypeException malformed) {
            // said below
        }
        throw new ProblemException(
                ProblemKind.UNSUPPORTED_MEDIA_TYPE,
                "The content type is " + (contentType == null ? "missing" : contentType)
                        + "; expected application/json.");
    }

    private static @Nullable String text(JsonNode order, String name) {
        JsonNode node = order.path(name);
        if (node.isMissingNode() || node.isNull()) {
            return null;
        }
        if (!node.isString()) {
            throw new InvalidHoldException("/" + name, "is " + node + ", expected text");
        }
        return node.asString();
    }

    private static @Nullable Instant time(JsonNode order, String name) {
        String text = text(order, name);
        try {
            return text == null ? null : OffsetDateTime.parse(text).toInstant();
        } catch (DateTimeException invalid) {
            throw new InvalidHoldException(
                    "/" + name,
                    "is " + InvalidEventException.quote(text) + ", expected a time such as 2026-01-31T12:00:00Z");
        }
    }
}
