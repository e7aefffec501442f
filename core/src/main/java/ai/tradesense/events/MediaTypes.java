package ai.tradesense.events;

/// The content type of data: `type/subtype`, then parameters (RFC 2045, section 5.1). Case makes no difference.
final class MediaTypes {
    static final String JSON = "application/json";

    private static final String TOKEN_EXTRAS = "!#$%&'*+-.^_`|~";

    private MediaTypes() {}

    /// Whether data of this type is JSON: the subtype is `json` or ends in `+json`.
    static boolean isJson(String mediaType) {
        if (mediaType.equals(JSON)) {
            return true;
        }
        int slash = mediaType.indexOf('/');
        int parameters = mediaType.indexOf(';');
        int end = parameters < 0 ? mediaType.length() : parameters;
        String subtype =
                mediaType.substring(slash + 1, Math.max(end, slash + 1)).trim();
        return subtype.equalsIgnoreCase("json") || endsInJson(subtype);
    }

    private static boolean endsInJson(String subtype) {
        String suffix = "+json";
        return subtype.length() > suffix.length()
                && subtype.regionMatches(true, subtype.length() - suffix.length(), suffix, 0, suffix.length());
    }

    static void requireWellFormed(String pointer, String mediaType) {
        if (mediaType.equals(JSON)) {
            return;
        }
        int slash = tokenEnd(mediaType, 0);
        boolean wellFormed = slash > 0 && slash < mediaType.length() && mediaType.charAt(slash) == '/';
        if (wellFormed) {
            int end = tokenEnd(mediaType, slash + 1);
            wellFormed = end > slash + 1 && areParameters(mediaType, end);
        }
        if (!wellFormed) {
            throw new InvalidEventException(
                    pointer,
                    InvalidEventException.quote(mediaType)
                            + " is no media type; expected type/subtype, for example application/json");
        }
    }

    private static boolean areParameters(String text, int start) {
        int at = skipBlanks(text, start);
        while (at < text.length()) {
            if (text.charAt(at) != ';') {
                return false;
            }
            int name = skipBlanks(text, at + 1);
            int equals = tokenEnd(text, name);
            if (equals == name || equals == text.length() || text.charAt(equals) != '=') {
                return false;
            }
            int end = valueEnd(text, equals + 1);
            if (end == equals + 1) {
                return false;
            }
            at = skipBlanks(text, end);
        }
        return true;
    }

    /// The end of a token or quoted string; `start` itself if there is neither.
    private static int valueEnd(String text, int start) {
        if (start == text.length() || text.charAt(start) != '"') {
            return tokenEnd(text, start);
        }
        for (int at = start + 1; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '"') {
                return at + 1;
            }
            if (c == '\\') {
                at++;
            }
        }
        return start;
    }

    private static int tokenEnd(String text, int start) {
        int at = start;
        while (at < text.length() && isTokenCharacter(text.charAt(at))) {
            at++;
        }
        return at;
    }

    private static boolean isTokenCharacter(char c) {
        return (c >= 'a' && c <= 'z')
                || (c >= 'A' && c <= 'Z')
                || (c >= '0' && c <= '9')
                || TOKEN_EXTRAS.indexOf(c) >= 0;
    }

    private static int skipBlanks(String text, int start) {
        int at = start;
        while (at < text.length() && (text.charAt(at) == ' ' || text.charAt(at) == '\t')) {
            at++;
        }
        return at;
    }
}
