package ai.tradesense.events;

import java.net.URI;
import java.time.Instant;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// The envelope of CloudEvents 1.0.2, with any type name; what every binding reads and writes. A [DomainEvent]
/// is one whose type and subject follow this platform's rules.
///
/// @param id identifies the event together with `source`; not empty
/// @param source a URI-reference; not empty
/// @param type the type's name; not empty
/// @param subject what the event is about; null or not empty
/// @param time when it happened
/// @param dataContentType the media type of the data; null means JSON
/// @param dataSchema an absolute URI
/// @param extensions by name (`a`-`z`, `0`-`9`); values are [Boolean], [Integer] or [String]
/// @param data the payload, [Payload#NONE] if there is none
public record CloudEvent(
        String id,
        URI source,
        String type,
        @Nullable String subject,
        @Nullable Instant time,
        @Nullable String dataContentType,
        @Nullable URI dataSchema,
        Map<String, Object> extensions,
        Payload data) {
    /// The version of the specification that is read and written.
    public static final String SPEC_VERSION = "1.0";

    private static final Pattern EXTENSION_NAME = Pattern.compile("[a-z0-9]+");

    /// Checks the rules of the specification.
    ///
    /// @throws InvalidEventException naming the attribute that breaks one
    public CloudEvent {
        requireText("/id", id);
        requireText("/source", source.toString());
        requireText("/type", type);
        if (subject != null) {
            requireText("/subject", subject);
        }
        if (dataSchema != null && !dataSchema.isAbsolute()) {
            throw new InvalidEventException("/dataschema", "'" + dataSchema + "' is not an absolute URI");
        }
        if (!extensions.isEmpty()) {
            extensions.forEach(CloudEvent::requireExtension);
            extensions = Map.copyOf(extensions);
        }
    }

    private static void requireExtension(String name, Object value) {
        if (!EXTENSION_NAME.matcher(name).matches()) {
            throw new InvalidEventException(
                    "/" + name, "is no attribute name: those are made of lower-case letters a to z and digits");
        }
        if (!(value instanceof Boolean || value instanceof Integer || value instanceof String)) {
            throw new InvalidEventException(
                    "/" + name,
                    "has a value of " + value.getClass().getSimpleName() + ", expected a boolean, integer or string");
        }
    }

    private static void requireText(String pointer, String text) {
        if (text.isEmpty()) {
            throw new InvalidEventException(pointer, "is empty");
        }
    }
}
