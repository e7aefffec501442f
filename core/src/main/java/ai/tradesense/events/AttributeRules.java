package ai.tradesense.events;

import java.net.URI;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What CloudEvents 1.0.2 says of the names and values of attributes.
final class AttributeRules {
    /// Names that stand for the specification's own attributes, or for the data.
    private static final Set<String> RESERVED =
            Set.of("id", "source", "specversion", "type", "subject", "time", "datacontenttype", "dataschema", "data");

    /// The URI that was found good last: a publisher's source is the same time and again. A race costs a second look.
    private static @Nullable URI lastGood;

    private AttributeRules() {}

    /// Not empty, and of the characters that the type String allows.
    static void requireText(String pointer, String text) {
        if (text.isEmpty()) {
            throw new InvalidEventException(pointer, "is empty");
        }
        requireCharacters(pointer, text);
    }

    /// No control characters, no halves of surrogate pairs, none of Unicode's noncharacters.
    static void requireCharacters(String pointer, String text) {
        int outside = 0; // negative as soon as one character is not printable ASCII; a loop without branches is fast
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            outside |= (c - ' ') | ('~' - c);
        }
        if (outside < 0) {
            requireEachAllowed(pointer, text);
        }
    }

    private static void requireEachAllowed(String pointer, String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c >= 0x7f) {
                i += requireAllowed(pointer, text, i) - 1;
            }
        }
    }

    private static int requireAllowed(String pointer, String text, int i) {
        int codePoint = text.codePointAt(i);
        boolean surrogate = codePoint >= Character.MIN_SURROGATE && codePoint <= Character.MAX_SURROGATE;
        boolean noncharacter = (codePoint & 0xfffe) == 0xfffe || (codePoint >= 0xfdd0 && codePoint <= 0xfdef);
        if (Character.isISOControl(codePoint) || surrogate || noncharacter) {
            String kind =
                    surrogate ? "half of a surrogate pair" : noncharacter ? "a noncharacter" : "a control character";
            throw new InvalidEventException(
                    pointer,
                    String.format("holds U+%04X at index %d, %s, which no attribute may hold", codePoint, i, kind));
        }
        return Character.charCount(codePoint);
    }

    /// Not empty, and ASCII as RFC 3986 has it; [URI] alone would let other letters pass.
    static void requireUri(String pointer, URI uri) {
        if (uri.equals(lastGood)) {
            return;
        }
        String text = uri.toString();
        if (text.isEmpty()) {
            throw new InvalidEventException(pointer, "is empty");
        }
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) >= 0x7f) {
                throw new InvalidEventException(
                        pointer,
                        InvalidEventException.quote(text) + " is no URI (RFC 3986): the character at index " + i
                                + " must be percent-encoded");
            }
        }
        lastGood = uri;
    }

    /// An absolute URI by RFC 3986, section 4.3: with a scheme, without a fragment.
    static void requireAbsolute(String pointer, URI uri) {
        requireUri(pointer, uri);
        if (!uri.isAbsolute() || uri.getRawFragment() != null) {
            throw new InvalidEventException(
                    pointer,
                    InvalidEventException.quote(uri.toString())
                            + " is no absolute URI; expected a scheme and no fragment, for example"
                            + " https://example.com/schemas/order");
        }
    }

    /// The name of an extension: letters `a` to `z` and digits, and none of the specification's own.
    static void requireExtensionName(String name) {
        boolean wellFormed = !name.isEmpty();
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            wellFormed &= (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        }
        if (!wellFormed) {
            throw new InvalidEventException(
                    InvalidEventException.step(name),
                    "is no attribute name: those are made of lower-case letters a to z and digits");
        }
        if (RESERVED.contains(name)) {
            throw new InvalidEventException(
                    InvalidEventException.step(name), "is no extension: the name belongs to the specification");
        }
    }

    static void requireExtensionValue(String name, Object value) {
        if (value instanceof String text) {
            requireCharacters(InvalidEventException.step(name), text);
        } else if (!(value instanceof Boolean || value instanceof Integer)) {
            String kind =
                    value == null ? "null" : "a value of " + value.getClass().getSimpleName();
            throw new InvalidEventException(
                    InvalidEventException.step(name), "has " + kind + ", expected a boolean, integer or string");
        }
    }
}
