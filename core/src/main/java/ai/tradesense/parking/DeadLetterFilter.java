package ai.tradesense.parking;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.TypeFilter;
import java.time.Instant;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// Which dead letters are meant; what is null is not asked for.
///
/// @param worker those of one worker
/// @param type those of some types of events; what could not be read has none
/// @param subject those of one subject
/// @param cause those whose newest failure has this fingerprint, see [Failure#cause]
/// @param state those in one state; null means all that have not been discarded
/// @param from those given up at this time or later, see [ParkedEvent#failedAt]
/// @param to those given up before this time
/// @param text those whose newest failure has this text in its message, whatever the case of ASCII letters
public record DeadLetterFilter(
        @Nullable String worker,
        @Nullable TypeFilter type,
        @Nullable String subject,
        @Nullable String cause,
        @Nullable State state,
        @Nullable Instant from,
        @Nullable Instant to,
        @Nullable String text) {
    /// Every dead letter that has not been discarded.
    public static final DeadLetterFilter ALL = new DeadLetterFilter(null, null, null, null, null, null, null, null);

    /// What a dead letter is to an operator.
    public enum State {
        /// Given up.
        DEAD,
        /// Could not be read.
        QUARANTINED,
        /// Taken out by an operator, and kept.
        DISCARDED;

        /// What an event is that has come so far; null if it is no dead letter.
        public static @Nullable State of(Progress progress) {
            if (progress.discardedAt() != null) {
                return DISCARDED;
            }
            return switch (progress.state()) {
                case WAITING -> null;
                case DEAD -> DEAD;
                case QUARANTINED -> QUARANTINED;
            };
        }
    }

    /// Whether nothing is asked for.
    public boolean isAll() {
        return equals(ALL);
    }

    /// Whether a parked event is one of those.
    public boolean matches(ParkedEvent parked) {
        State found = State.of(parked.progress());
        return found != null
                && (state == null ? found != State.DISCARDED : state == found)
                && (worker == null || worker.equals(parked.worker()))
                && (type == null || isOf(parked, type))
                && (subject == null || subject.equals(parked.key().subject()))
                && (cause == null || cause.equals(parked.cause()))
                && (from == null || !parked.failedAt().isBefore(from))
                && (to == null || parked.failedAt().isBefore(to))
                && (text == null || contains(parked, text));
    }

    private static boolean isOf(ParkedEvent parked, TypeFilter types) {
        DomainEvent event = parked.event();
        return event != null && types.matches(event.type());
    }

    private static boolean contains(ParkedEvent parked, String text) {
        Failure newest = parked.newestFailure();
        return newest != null && lowerAscii(newest.message()).contains(lowerAscii(text));
    }

    private static String lowerAscii(String text) {
        return text.chars().allMatch(c -> c < 0x80)
                ? text.toLowerCase(Locale.ROOT)
                : text.codePoints()
                        .map(c -> c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c)
                        .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                        .toString();
    }
}
