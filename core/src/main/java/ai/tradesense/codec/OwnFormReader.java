package ai.tradesense.codec;

import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Rfc3339;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Reads back what [EventWriter] wrote: the same members in the same order, without blanks, so that each is
/// found by a comparison, and the data, which is last, by its beginning alone. Anything else in the bytes makes
/// it give up, without a word; [EventReader] then says what is wrong, or reads the event after all.
final class OwnFormReader {
    /// Names that keep the hash they once computed.
    private static final List<String> KNOWN_EXTENSIONS = List.of(
            DomainEvent.CAUSATION_ID,
            DomainEvent.CORRELATION_ID,
            DomainEvent.CRITICAL,
            DomainEvent.DATA_CLASSIFICATION,
            DomainEvent.TRACE_PARENT,
            DomainEvent.TRACE_STATE);

    private final byte[] utf8;
    private int at;
    private boolean lost;

    private OwnFormReader(byte[] utf8) {
        this.utf8 = utf8;
    }

    /// The event; null if the bytes are not of the form that [EventWriter] gives them.
    static @Nullable CloudEvent read(byte[] utf8) {
        return new OwnFormReader(utf8).event();
    }

    private @Nullable CloudEvent event() {
        String id = required(Members.OPENING);
        String source = required(Members.SOURCE);
        String type = required(Members.TYPE);
        String subject = optional(Members.SUBJECT);
        String time = optional(Members.TIME);
        String dataContentType = optional(Members.DATA_CONTENT_TYPE);
        String dataSchema = optional(Members.DATA_SCHEMA);
        Map<String, Object> extensions = extensions();
        Payload data = data(dataContentType);
        if (lost || at != utf8.length - 1 || utf8[at] != '}') {
            return null;
        }
        URI schema = dataSchema == null ? null : RecentUris.parse("/dataschema", dataSchema);
        Instant instant = time == null ? null : Rfc3339.parse(time);
        return new CloudEvent(
                id,
                RecentUris.parse("/source", source),
                type,
                subject,
                instant,
                dataContentType,
                schema,
                extensions,
                data);
    }

    private String required(byte[] member) {
        String text = optional(member);
        if (text == null) {
            lost = true;
            return "";
        }
        return text;
    }

    private @Nullable String optional(byte[] member) {
        return follows(member) ? string() : null;
    }

    private boolean follows(byte[] member) {
        int end = at + member.length;
        if (end <= utf8.length && Arrays.equals(utf8, at, end, member, 0, member.length)) {
            at = end;
            return true;
        }
        return false;
    }

    private String string() {
        int start = at + 1;
        if (at >= utf8.length || utf8[at] != '"') {
            lost = true;
            return "";
        }
        int end = start;
        boolean escaped = false;
        int bits = 0;
        while (end < utf8.length && utf8[end] != '"') {
            bits |= utf8[end];
            if (utf8[end] == '\\') {
                escaped = true;
                end++;
            }
            end++;
        }
        if (end >= utf8.length) {
            lost = true;
            return "";
        }
        at = end + 1;
        if (escaped) {
            return JsonText.decode(utf8, start - 1, at);
        }
        return new String(utf8, start, end - start, bits < 0 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
    }

    private Map<String, Object> extensions() {
        if (lost || at >= utf8.length || utf8[at] != ',' || dataFollows()) {
            return Map.of();
        }
        List<Map.Entry<String, Object>> entries = new ArrayList<>(6);
        while (!lost && at < utf8.length && utf8[at] == ',' && !dataFollows()) {
            at++;
            String name = name();
            if (at >= utf8.length || utf8[at] != ':') {
                lost = true;
                break;
            }
            at++;
            entries.add(Map.entry(name, extensionValue()));
        }
        return lost ? Map.of() : unique(entries);
    }

    private Map<String, Object> unique(List<Map.Entry<String, Object>> entries) {
        for (int i = 1; i < entries.size(); i++) {
            if (entries.get(i - 1).getKey().compareTo(entries.get(i).getKey()) >= 0) {
                lost = true; // not sorted, so not ours; it may even hold one twice
                return Map.of();
            }
        }
        @SuppressWarnings({"unchecked", "rawtypes"})
        Map.Entry<String, Object>[] array = entries.toArray(new Map.Entry[0]);
        return Map.ofEntries(array);
    }

    private boolean dataFollows() {
        int start = at;
        boolean follows = follows(Members.DATA) || follows(Members.DATA_BASE64);
        at = start;
        return follows;
    }

    private String name() {
        for (String known : KNOWN_EXTENSIONS) {
            if (isName(known)) {
                at += known.length() + 2;
                return known;
            }
        }
        return string();
    }

    private boolean isName(String known) {
        int end = at + known.length() + 1;
        if (end >= utf8.length || utf8[at] != '"' || utf8[end] != '"') {
            return false;
        }
        for (int i = 0; i < known.length(); i++) {
            if (utf8[at + 1 + i] != known.charAt(i)) {
                return false;
            }
        }
        return true;
    }

    private Object extensionValue() {
        if (at < utf8.length && utf8[at] == '"') {
            return string();
        }
        int start = at;
        while (at < utf8.length && utf8[at] != ',' && utf8[at] != '}') {
            at++;
        }
        String word = new String(utf8, start, at - start, StandardCharsets.ISO_8859_1);
        if (word.equals("true") || word.equals("false")) {
            return word.equals("true");
        }
        try {
            return Integer.valueOf(word);
        } catch (NumberFormatException notOurs) {
            lost = true;
            return "";
        }
    }

    private Payload data(@Nullable String dataContentType) {
        if (lost) {
            return Payload.NONE;
        }
        if (follows(Members.DATA_BASE64)) {
            return binary(string());
        }
        if (!follows(Members.DATA)) {
            return Payload.NONE;
        }
        if (!CloudEvent.declaresJson(dataContentType)) {
            return Payload.text(string());
        }
        byte[] json = Arrays.copyOfRange(utf8, at, Math.max(at, utf8.length - 1));
        at += json.length;
        lost = json.length == 0;
        return Payload.json(json);
    }

    private Payload binary(String base64) {
        try {
            return Payload.binary(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException notOurs) {
            lost = true;
            return Payload.NONE;
        }
    }
}
