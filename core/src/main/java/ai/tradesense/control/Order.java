package ai.tradesense.control;

/// What an operator orders of a worker. It stands until another of the same [Topic] takes its place.
public sealed interface Order {
    /// What an order is about.
    enum Topic {
        /// Whether events are taken.
        INTAKE,
        /// How many subjects are processed at the same time.
        CONCURRENCY,
        /// The circuit breaker.
        BREAKER
    }

    /// Takes no new events.
    record Pause() implements Order {}

    /// Takes no new events, and says when nothing is at hand any more.
    record Drain() implements Order {}

    /// Takes events again.
    record Resume() implements Order {}

    /// Processes so many subjects at the same time at most.
    record Concurrency(int subjects) implements Order {}

    /// Opens the circuit breaker until it is reset.
    record OpenBreaker() implements Order {}

    /// Closes the circuit breaker.
    record ResetBreaker() implements Order {}

    default Topic topic() {
        return switch (this) {
            case Pause _, Drain _, Resume _ -> Topic.INTAKE;
            case Concurrency _ -> Topic.CONCURRENCY;
            case OpenBreaker _, ResetBreaker _ -> Topic.BREAKER;
        };
    }

    /// The order as text, which [#parse] reads.
    default String text() {
        return switch (this) {
            case Pause _ -> "pause";
            case Drain _ -> "drain";
            case Resume _ -> "resume";
            case Concurrency(int subjects) -> "concurrency " + subjects;
            case OpenBreaker _ -> "open breaker";
            case ResetBreaker _ -> "reset breaker";
        };
    }

    /// Reads what [#text] wrote.
    ///
    /// @throws IllegalArgumentException if that is no order
    static Order parse(String text) {
        return switch (text) {
            case "pause" -> new Pause();
            case "drain" -> new Drain();
            case "resume" -> new Resume();
            case "open breaker" -> new OpenBreaker();
            case "reset breaker" -> new ResetBreaker();
            default -> {
                if (text.matches("concurrency [0-9]{1,9}")) {
                    yield new Concurrency(Integer.parseInt(text.substring(text.indexOf(' ') + 1)));
                }
                throw new IllegalArgumentException("'" + text + "' is no order to a worker");
            }
        };
    }
}
