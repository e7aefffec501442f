package ai.tradesense.server.api;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.server.http.PercentCoding;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import jakarta.servlet.http.HttpServletRequest;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import tools.jackson.databind.json.JsonMapper;

/// Reads events out of a request, as the HTTP protocol binding of CloudEvents 1.0.2 says (section 3): the content
/// type tells structured mode and batches; anything else is binary mode if there are `ce-` headers.
final class HttpBinding {
    /// How a request carries its events.
    enum Mode {
        BINARY,
        STRUCTURED,
        BATCH
    }

    private static final String HEADER_PREFIX = "ce-";
    private static final Set<String> NOT_HEADERS = Set.of("datacontenttype", "data", "data_base64");
    private static final JsonMapper MAPPER = JsonMapper.shared();

    private HttpBinding() {}

    /// Which mode a request is in.
    ///
    /// @throws ProblemException if it is in none
    static Mode mode(HttpServletRequest request) {
        String encoding = request.getHeader("Content-Encoding");
        if (encoding != null && !encoding.equalsIgnoreCase("identity")) {
            throw unsupported("The body is encoded as " + encoding + "; expected no Content-Encoding.");
        }
        MediaType type = contentType(request);
        String essence = type == null ? "" : type.getType() + "/" + type.getSubtype();
        if (essence.equals(CloudEventJson.MEDIA_TYPE) || essence.equals(CloudEventJson.BATCH_MEDIA_TYPE)) {
            requireUtf8(type);
            return essence.equals(CloudEventJson.MEDIA_TYPE) ? Mode.STRUCTURED : Mode.BATCH;
        }
        if (!essence.startsWith("application/cloudevents")
                && Collections.list(request.getHeaderNames()).stream().anyMatch(HttpBinding::isAttribute)) {
            return Mode.BINARY;
        }
        throw unsupported("The content type is " + (type == null ? "missing" : type) + "; expected "
                + CloudEventJson.MEDIA_TYPE + ", " + CloudEventJson.BATCH_MEDIA_TYPE
                + ", or the media type of the data together with ce- headers.");
    }

    private static @Nullable MediaType contentType(HttpServletRequest request) {
        String header = request.getContentType();
        if (header == null) {
            return null;
        }
        try {
            return MediaType.parseMediaType(header);
        } catch (InvalidMediaTypeException invalid) {
            throw unsupported("The content type '" + header + "' is no media type.");
        }
    }

    private static void requireUtf8(@Nullable MediaType type) {
        Charset charset;
        try {
            charset = type == null ? null : type.getCharset();
        } catch (IllegalArgumentException unknown) {
            throw unsupported("The content type " + type + " names a character set that is not known.");
        }
        if (charset != null && !charset.equals(StandardCharsets.UTF_8)) {
            throw unsupported("The content type is " + type + "; JSON has to be in UTF-8.");
        }
    }

    private static ProblemException unsupported(String detail) {
        return new ProblemException(ProblemKind.UNSUPPORTED_MEDIA_TYPE, detail);
    }

    /// The events of a request.
    ///
    /// @throws InvalidEventException saying where and what is wrong
    static List<CloudEvent> read(HttpServletRequest request, Mode mode, byte[] body) {
        return switch (mode) {
            case BINARY -> List.of(binary(request, body));
            case STRUCTURED -> List.of(CloudEventJson.read(body));
            case BATCH -> CloudEventJson.readBatch(body);
        };
    }

    /// The attributes go through the JSON format, so that they obey the same rules in every mode.
    private static CloudEvent binary(HttpServletRequest request, byte[] body) {
        Map<String, Object> attributes = new TreeMap<>();
        for (String header : Collections.list(request.getHeaderNames())) {
            if (isAttribute(header)) {
                String name = header.substring(HEADER_PREFIX.length()).toLowerCase(Locale.ROOT);
                attributes.put(name, value(name, Collections.list(request.getHeaders(header))));
            }
        }
        String contentType = request.getContentType();
        if (contentType != null) {
            attributes.put("datacontenttype", contentType);
        }
        CloudEvent event = CloudEventJson.read(MAPPER.writeValueAsBytes(attributes));
        return new CloudEvent(
                event.id(),
                event.source(),
                event.type(),
                event.subject(),
                event.time(),
                event.dataContentType(),
                event.dataSchema(),
                event.extensions(),
                data(contentType, body));
    }

    private static boolean isAttribute(String header) {
        return header.regionMatches(true, 0, HEADER_PREFIX, 0, HEADER_PREFIX.length());
    }

    /// Headers carry text alone; the one attribute that is known to be a boolean becomes one again.
    private static Object value(String name, List<String> headers) {
        String pointer = "/" + name;
        if (NOT_HEADERS.contains(name)) {
            throw new InvalidEventException(
                    pointer, "stands in a header; the Content-Type and the body are where it belongs");
        }
        if (headers.size() > 1) {
            throw new InvalidEventException(pointer, "stands in " + headers.size() + " headers, expected one");
        }
        String text;
        try {
            text = PercentCoding.decode(unquoted(headers.getFirst()));
        } catch (IllegalArgumentException broken) {
            throw new InvalidEventException(pointer, String.valueOf(broken.getMessage()), broken);
        }
        boolean isBoolean = name.equals(DomainEvent.CRITICAL) && (text.equals("true") || text.equals("false"));
        return isBoolean ? (Object) Boolean.valueOf(text) : text;
    }

    /// Takes the quotes and backslashes of quoted strings away (RFC 7230, section 3.2.6).
    private static String unquoted(String header) {
        if (header.indexOf('"') < 0) {
            return header;
        }
        StringBuilder text = new StringBuilder(header.length());
        boolean quoted = false;
        for (int i = 0; i < header.length(); i++) {
            char c = header.charAt(i);
            if (c == '"') {
                quoted = !quoted;
            } else if (quoted && c == '\\' && i + 1 < header.length()) {
                text.append(header.charAt(++i));
            } else {
                text.append(c);
            }
        }
        if (quoted) {
            throw new IllegalArgumentException("has a quoted string that does not end");
        }
        return text.toString();
    }

    private static Payload data(@Nullable String contentType, byte[] body) {
        return body.length == 0 ? Payload.NONE : CloudEventJson.readData(body, contentType);
    }
}
