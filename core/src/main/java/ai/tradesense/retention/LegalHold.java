package ai.tradesense.retention;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Events that are not removed, however old they are, until somebody lifts this.
///
/// @param number by which it is lifted
/// @param scope which events
/// @param reason why
/// @param lifted null while it holds
public record LegalHold(
        long number,
        Scope scope,
        String reason,
        String placedBy,
        Instant placedAt,
        @Nullable Lifting lifted) {
    /// Who ended it, when and why.
    public record Lifting(String by, Instant at, String reason) {}

    /// How long a reason and a name may be.
    public static final int MAX_REASON = 1_000;

    /// Which events are held: those for which everything that is given is true. Times are of the event (when it
    /// happened), `from` inclusive, `to` exclusive.
    ///
    /// @param domain null means any
    /// @param subject null means any
    public record Scope(
            @Nullable String domain,
            @Nullable String subject,
            @Nullable Instant from,
            @Nullable Instant to) {
        /// @throws InvalidHoldException if it names nothing, or a time before the other
        public Scope {
            requireText("/domain", domain);
            requireText("/subject", subject);
            if (domain == null && subject == null && from == null && to == null) {
                throw new InvalidHoldException(
                        "", "holds nothing in particular; expected a subject, a domain or times");
            }
            if (from != null && to != null && !from.isBefore(to)) {
                throw new InvalidHoldException("/to", "is " + to + ", expected a time after from, " + from);
            }
        }

        private static void requireText(String pointer, @Nullable String text) {
            if (text != null && (text.isBlank() || text.indexOf('\0') >= 0)) {
                throw new InvalidHoldException(pointer, "is empty, or holds the character U+0000");
            }
        }

        /// Whether the time of an event matters.
        public boolean hasTimes() {
            return from != null || to != null;
        }

        /// Whether an event may be held, its time aside.
        public boolean mayCover(String eventDomain, String eventSubject) {
            return (domain == null || domain.equals(eventDomain)) && (subject == null || subject.equals(eventSubject));
        }

        /// Whether an event that happened then is held, domain and subject aside.
        public boolean coversTime(Instant time) {
            return (from == null || !time.isBefore(from)) && (to == null || time.isBefore(to));
        }
    }

    public boolean isActive() {
        return lifted == null;
    }
}
