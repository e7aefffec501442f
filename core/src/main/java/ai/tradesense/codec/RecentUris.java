package ai.tradesense.codec;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/// The URIs met last. Sources repeat from event to event, and parsing one costs more than all the rest of an
/// envelope. A table in which the hash gives the one place where a text can be: what is newer takes the place of
/// what was there, so it never grows, and nobody waits for anybody.
final class RecentUris {
    private static final int PLACES = 1_024;
    private static final AtomicReferenceArray<@Nullable URI> TABLE = new AtomicReferenceArray<>(PLACES);

    private RecentUris() {}

    /// The URI-reference (RFC 3986, section 4.1) that a text is.
    ///
    /// @throws InvalidEventException at `pointer`
    static URI parse(String pointer, String text) {
        int hash = text.hashCode();
        int place = (hash ^ (hash >>> 16)) & (PLACES - 1);
        URI known = TABLE.getAcquire(place);
        if (known != null && known.toString().equals(text)) {
            return known;
        }
        URI parsed;
        try {
            parsed = new URI(text);
        } catch (URISyntaxException problem) {
            throw new InvalidEventException(
                    pointer,
                    InvalidEventException.quote(text) + " is no URI-reference (RFC 3986): " + problem.getReason()
                            + (problem.getIndex() < 0 ? "" : " at index " + problem.getIndex()),
                    problem);
        }
        if (text.length() <= DomainEvent.MAX_KEY_LENGTH) {
            TABLE.setRelease(place, parsed);
        }
        return parsed;
    }
}
