package ai.tradesense.store;

import java.time.Instant;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What an operator orders of a read model, for one of the processes that make it.
public sealed interface ProjectionOrder {
    /// Makes its rows anew beside those that are read, at most so many events a second.
    record Rebuild(int eventsPerSecond) implements ProjectionOrder {}

    /// Gives up the rebuild that is under way.
    record CancelRebuild() implements ProjectionOrder {}

    /// Does without an event that cannot be decoded.
    ///
    /// @param reason why the rows may be without it
    record PassOver(long position, String reason) implements ProjectionOrder {}

    /// How far an order has come.
    enum State {
        /// No process has taken it yet.
        WAITING,
        /// A process has taken it. It stays so if that process ended before it could say what became of it.
        TAKEN,
        /// It was carried out.
        DONE,
        /// It was not carried out, and changed nothing.
        REFUSED
    }

    /// An order that was given.
    ///
    /// @param number ascending in the order in which they were given
    /// @param projection whose it is
    /// @param by who gave it
    /// @param at when
    /// @param takenBy the process that has taken it; null if none has
    /// @param outcome what became of it; empty if that is not known
    record Given(
            long number,
            String projection,
            ProjectionOrder order,
            String by,
            Instant at,
            State state,
            @Nullable String takenBy,
            String outcome) {}

    /// The order as text, which [#parse] reads.
    default String text() {
        return switch (this) {
            case Rebuild(int eventsPerSecond) -> "rebuild " + eventsPerSecond;
            case CancelRebuild _ -> "cancel rebuild";
            case PassOver(long position, String reason) -> "pass over " + position + ": " + reason;
        };
    }

    /// Reads what [#text] wrote.
    ///
    /// @throws IllegalArgumentException if that is no order
    static ProjectionOrder parse(String text) {
        Matcher rebuild = Pattern.compile("rebuild ([0-9]{1,10})").matcher(text);
        if (rebuild.matches()) {
            return new Rebuild(Integer.parseInt(rebuild.group(1)));
        }
        Matcher passOver =
                Pattern.compile("pass over ([0-9]{1,19}): (.*)", Pattern.DOTALL).matcher(text);
        if (passOver.matches()) {
            return new PassOver(Long.parseLong(passOver.group(1)), passOver.group(2));
        }
        if (!text.equals("cancel rebuild")) {
            throw new IllegalArgumentException("'" + text + "' is no order to a projection");
        }
        return new CancelRebuild();
    }
}
