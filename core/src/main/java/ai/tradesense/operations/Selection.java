package ai.tradesense.operations;

import ai.tradesense.parking.DeadLetterFilter;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which events an operation is about. What matches when the operation is created is settled then; what comes
/// later is not part of it.
public sealed interface Selection {
    /// All dead letters that match a filter.
    record Matching(DeadLetterFilter filter) implements Selection {}

    /// These dead letters, by their sequence.
    record Listed(List<Long> sequences) implements Selection {
        public Listed {
            sequences = List.copyOf(sequences);
        }
    }

    /// Stored events, to be replayed to one worker; what is null is not asked for.
    ///
    /// ```java
    /// Selection.Stored.to("balances").ofSubject("acc-1").from(monday)
    /// ```
    ///
    /// @param worker who gets them; of all events those that it wants
    /// @param type which types, by a full name or a pattern such as `Trading.*`
    /// @param from only events that happened then or later
    /// @param to only events that happened before then
    /// @param after only events behind this position
    /// @param upTo only events up to and with this position; null means all that are stored by then
    record Stored(
            String worker,
            @Nullable String type,
            @Nullable String subject,
            @Nullable Instant from,
            @Nullable Instant to,
            @Nullable Long after,
            @Nullable Long upTo)
            implements Selection {
        /// All events that a worker wants.
        public static Stored to(String worker) {
            return new Stored(worker, null, null, null, null, null, null);
        }

        /// Only those of a type, or of a pattern of types.
        public Stored ofType(String pattern) {
            return new Stored(worker, pattern, subject, from, to, after, upTo);
        }

        /// Only those of a subject.
        public Stored ofSubject(String name) {
            return new Stored(worker, type, name, from, to, after, upTo);
        }

        /// Only those that happened then or later.
        public Stored from(Instant time) {
            return new Stored(worker, type, subject, time, to, after, upTo);
        }

        /// Only those that happened before then.
        public Stored before(Instant time) {
            return new Stored(worker, type, subject, from, time, after, upTo);
        }

        /// Only those behind a position.
        public Stored after(long position) {
            return new Stored(worker, type, subject, from, to, (Long) position, upTo);
        }

        /// Only those up to and with a position.
        public Stored upTo(long position) {
            return new Stored(worker, type, subject, from, to, after, (Long) position);
        }

        /// The position behind which they are.
        public long afterOrStart() {
            return after == null ? 0 : after;
        }
    }
}
