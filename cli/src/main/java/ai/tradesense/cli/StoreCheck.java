package ai.tradesense.cli;

import java.lang.reflect.Proxy;

/// Asks the library whether a log can be opened, and whether it is sound. It comes with the server, on the
/// class path of the script `./tradesense`; the command line itself depends on nothing of it.
final class StoreCheck {
    private static final String LOG = "ai.tradesense.jdbc.JdbcLog";

    private StoreCheck() {}

    /// What is there, in words.
    ///
    /// @throws CommandFailure saying what is wrong
    static String of(String jdbcUrl) {
        return String.valueOf(
                ForeignCall.of(LOG, log -> log.getMethod("check", String.class).invoke(null, jdbcUrl)));
    }

    /// Is told how far a check has come.
    @FunctionalInterface
    interface Progress {
        void checked(long events, long of);
    }

    /// What a check of everything that is stored finds, as the server's API says it.
    ///
    /// @throws CommandFailure saying why there can be none
    static Json verify(String jdbcUrl, Progress progress) {
        return ForeignCall.json(ForeignCall.of(LOG, log -> {
            Class<?> listener = Class.forName(LOG.replace("JdbcLog", "Verification$Progress"));
            Object told =
                    Proxy.newProxyInstance(listener.getClassLoader(), new Class<?>[] {listener}, (_, _, arguments) -> {
                        progress.checked((long) arguments[0], (long) arguments[1]);
                        return null;
                    });
            return log.getMethod("verify", String.class, listener).invoke(null, jdbcUrl, told);
        }));
    }
}
