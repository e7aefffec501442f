package ai.tradesense.cli;

import java.lang.reflect.InvocationTargetException;

/// Asks the library whether a log can be opened. It comes with the server, on the class path of the script
/// `./tradesense`; the command line itself depends on nothing of it.
final class StoreCheck {
    private static final String LOG = "ai.tradesense.jdbc.JdbcLog";

    private StoreCheck() {}

    /// What is there, in words.
    ///
    /// @throws CommandFailure saying what is wrong
    static String of(String jdbcUrl) {
        try {
            return String.valueOf(
                    Class.forName(LOG).getMethod("check", String.class).invoke(null, jdbcUrl));
        } catch (InvocationTargetException refused) {
            Throwable cause = refused.getCause() == null ? refused : refused.getCause();
            throw new CommandFailure(String.valueOf(cause.getMessage()), cause);
        } catch (ReflectiveOperationException missing) {
            throw new CommandFailure(
                    "the library is not on the class path; start it with the script ./tradesense", missing);
        }
    }
}
