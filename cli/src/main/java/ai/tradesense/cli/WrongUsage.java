package ai.tradesense.cli;

/// A verb was called with something that makes no sense; the message says what was found and what was expected.
final class WrongUsage extends CommandFailure {
    WrongUsage(String message) {
        super(message);
    }

    /// An option has a value that it cannot have.
    WrongUsage(String option, Object found, String expected) {
        super(option + " is '" + found + "', expected " + expected);
    }
}
