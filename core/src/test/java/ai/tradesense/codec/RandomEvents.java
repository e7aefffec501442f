package ai.tradesense.codec;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Rfc3339;
import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Events with everything that an event may have, the same for the same seed.
final class RandomEvents {
    private static final List<String> NUMBERS = List.of(
            "0", "-0", "1.10", "0.1000", "1E+400", "-1e-400", "123456789012345678901234567890.123456789", "1e2");
    private static final String PLAIN = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789-._~ !#$&'()*+,/:;=?@[]{}|^`<>";
    private static final List<String> UNUSUAL = List.of("\"", "\\", "é", "ß", "東", "🎉", "\u00a0", "\ufffd", "\u2028");

    private final RandomGenerator random;

    RandomEvents(long seed) {
        this.random = new SplittableRandom(seed);
    }

    CloudEvent next() {
        int kind = random.nextInt(5);
        Payload data = switch (kind) {
            case 0 -> Payload.NONE;
            case 1 -> Payload.text(text(40, true));
            case 2 -> Payload.binary(bytes());
            default -> Payload.json(json(4).strip().getBytes(UTF_8));
        };
        return new CloudEvent(
                text(40, false),
                URI.create(oneOf(List.of("/desk", "urn:x:1", "https://example.com/a?b=c#d", "1-555"))),
                text(30, false),
                maybe(text(20, false)),
                maybe(time()),
                contentType(data),
                maybe(URI.create("https://example.com/schema/" + random.nextInt(5))),
                extensions(),
                data);
    }

    private @Nullable String contentType(Payload data) {
        return switch (data) {
            case Payload.Text _ -> oneOf(List.of("text/plain", "application/xml; charset=\"utf-8\""));
            case Payload.Json _ -> maybe(oneOf(List.of("application/json", "a/b+json", "Text/JSON; v=1")));
            default -> maybe("application/octet-stream");
        };
    }

    private Map<String, Object> extensions() {
        Map<String, Object> extensions = new HashMap<>();
        for (int i = random.nextInt(7); i > 0; i--) {
            String name = oneOf(List.of(
                    "correlationid", "causationid", "critical", "traceparent", "tracestate", "a", "1", "zz9", "datax"));
            Object value = switch (random.nextInt(4)) {
                case 0 -> random.nextBoolean();
                case 1 -> random.nextInt();
                case 2 -> "";
                default -> text(20, false);
            };
            extensions.put(name, value);
        }
        return extensions;
    }

    private Instant time() {
        long seconds = random.nextLong(Rfc3339.MIN.getEpochSecond(), Rfc3339.MAX.getEpochSecond());
        int nanos = switch (random.nextInt(4)) {
            case 0 -> 0;
            case 1 -> random.nextInt(1_000) * 1_000_000;
            case 2 -> random.nextInt(1_000_000) * 1_000;
            default -> random.nextInt(1_000_000_000);
        };
        return Instant.ofEpochSecond(seconds, nanos);
    }

    private byte[] bytes() {
        byte[] bytes = new byte[random.nextInt(40)];
        random.nextBytes(bytes);
        return bytes;
    }

    /// JSON in all its shapes, with blanks where blanks may stand.
    private String json(int depth) {
        return blank()
                + switch (random.nextInt(depth > 0 ? 7 : 5)) {
                    case 0 -> "null";
                    case 1 -> oneOf(List.of("true", "false"));
                    case 2 -> oneOf(NUMBERS);
                    case 3, 4 -> string();
                    case 5 ->
                        IntStream.range(0, random.nextInt(4))
                                .mapToObj(i -> json(depth - 1))
                                .collect(Collectors.joining(",", "[", blank() + "]"));
                    default ->
                        IntStream.range(0, random.nextInt(4))
                                .mapToObj(i -> blank() + "\"name " + i + "é\"" + blank() + ":" + json(depth - 1))
                                .collect(Collectors.joining(",", "{", blank() + "}"));
                };
    }

    private String string() {
        return "\"" + oneOf(List.of("", "plain", "},{\\\"data\\\":", "\\ud83c\\udf89", "\\n\\\\", "東京 🎉", "\\/"))
                + "\"";
    }

    private String blank() {
        return random.nextInt(4) == 0 ? oneOf(List.of(" ", "\n", "\t \r\n")) : "";
    }

    private String text(int maxLength, boolean withControls) {
        StringBuilder text = new StringBuilder();
        for (int i = 1 + random.nextInt(maxLength); i > 0; i--) {
            int kind = random.nextInt(20);
            if (kind == 0) {
                text.append(oneOf(UNUSUAL));
            } else if (kind == 1 && withControls) {
                text.append((char) random.nextInt(0x20));
            } else {
                text.append(PLAIN.charAt(random.nextInt(PLAIN.length())));
            }
        }
        return text.toString();
    }

    private <T> T oneOf(List<T> all) {
        return all.get(random.nextInt(all.size()));
    }

    private <T> @Nullable T maybe(T value) {
        return random.nextInt(3) == 0 ? null : value;
    }
}
