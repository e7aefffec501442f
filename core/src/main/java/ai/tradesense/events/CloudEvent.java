package ai.tradesense.events;

import java.net.URI;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The envelope of CloudEvents 1.0.2, with any type name; what every binding reads and writes. A [DomainEvent]
/// is one whose type and subject follow this platform's rules.
///
/// @param id identifies the event together with `source`; not empty
/// @param source a URI-reference; not empty
/// @param type the type's name; not empty
/// @param subject what the event is about; null or not empty
/// @param time when it happened, in the years 0000 to 9999
/// @param dataContentType the media type of the data; null means JSON
/// @param dataSchema an absolute URI, without a fragment
/// @param extensions by name (`a`-`z`, `0`-`9`); values are [Boolean], [Integer] or [String]
/// @param data the payload, [Payload#NONE] if there is none; JSON and text fit the content type
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

    /// Checks the rules of the specification.
    ///
    /// @throws InvalidEventException naming the attribute that breaks one
    public CloudEvent {
        AttributeRules.requireText("/id", id);
        AttributeRules.requireUri("/source", source);
        if (!EventType.isKnown(type)) {
            AttributeRules.requireText("/type", type);
        }
        if (subject != null) {
            AttributeRules.requireText("/subject", subject);
        }
        if (time != null) {
            requireWritable(time);
        }
        if (dataContentType != null) {
            MediaTypes.requireWellFormed("/datacontenttype", dataContentType);
        }
        if (dataSchema != null) {
            AttributeRules.requireAbsolute("/dataschema", dataSchema);
        }
        extensions.forEach(CloudEvent::requireExtension);
        extensions = Map.copyOf(extensions);
        requireFitting(data, dataContentType);
    }

    private static void requireWritable(Instant time) {
        try {
            Rfc3339.requireWritable(time);
        } catch (InvalidEventException problem) {
            throw problem.under("/time");
        }
    }

    private static void requireExtension(String name, Object value) {
        AttributeRules.requireExtensionName(name);
        AttributeRules.requireExtensionValue(name, value);
    }

    private static void requireFitting(Payload data, @Nullable String dataContentType) {
        switch (data) {
            case Payload.None _, Payload.Binary _ -> {}
            case Payload.Json _, Payload.Value _ -> requireJson(true, dataContentType);
            case Payload.Text _ -> requireJson(false, dataContentType);
        }
    }

    private static void requireJson(boolean expected, @Nullable String dataContentType) {
        if (declaresJson(dataContentType) != expected) {
            String found = dataContentType == null ? "is missing, which means JSON" : "is '" + dataContentType + "'";
            throw new InvalidEventException(
                    "/datacontenttype", found + (expected ? ", but the data is JSON" : ", but the data is text"));
        }
    }

    /// Checks that a name may be that of an extension attribute.
    ///
    /// @throws InvalidEventException at the name if it is malformed or belongs to the specification
    public static void requireExtensionName(String name) {
        AttributeRules.requireExtensionName(name);
    }

    /// Whether data of a content type is JSON: its subtype is `json` or ends in `+json`, or it is null.
    public static boolean declaresJson(@Nullable String dataContentType) {
        return dataContentType == null || MediaTypes.isJson(dataContentType);
    }
}
