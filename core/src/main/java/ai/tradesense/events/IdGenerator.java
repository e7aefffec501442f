package ai.tradesense.events;

/// Gives every new event its id. Safe for use by several threads, never blocks.
@FunctionalInterface
public interface IdGenerator {
    /// An id that this generator has not given before and that nobody else will give.
    String next();
}
