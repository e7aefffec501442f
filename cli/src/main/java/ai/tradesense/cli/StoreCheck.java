package ai.tradesense.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Asks the library whether a log can be opened, and whether it is sound. It comes with the server, on the class path
/// of the script
/// `./tradesense`; the command line itself depends on nothing of it.
final class StoreCheck {
    private static final String LOG = "ai.tradesense.jdbc.JdbcLog";
    private static final String REDIS = "ai.tradesense.redis.RedisTransport";

    private StoreCheck() {}

    /// What is there, in words.
    ///
    /// @throws CommandFailure saying what is wrong
    static String of(String jdbcUrl) {
        return String.valueOf(call(log -> log.getMethod("check", String.class).invoke(null, jdbcUrl)));
    }

    /// What is there at the URL of a Redis, in words.
    ///
    /// @throws CommandFailure saying what is wrong
    static String ofRedis(String url) {
        return String.valueOf(
                call(REDIS, redis -> redis.getMethod("check", String.class).invoke(null, url)));
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
        return json(call(log -> {
            Class<?> listener = Class.forName(LOG.replace("JdbcLog", "Verification$Progress"));
            Object told =
                    Proxy.newProxyInstance(listener.getClassLoader(), new Class<?>[] {listener}, (_, _, arguments) -> {
                        progress.checked((long) arguments[0], (long) arguments[1]);
                        return null;
                    });
            return log.getMethod("verify", String.class, listener).invoke(null, jdbcUrl, told);
        }));
    }

    private static Json json(@Nullable Object value) {
        return switch (value) {
            case null -> Json.Literal.NULL;
            case Long number -> new Json.Literal(number.toString());
            case Record record -> {
                Map<String, Json> fields = new LinkedHashMap<>();
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    fields.put(
                            component.getName(),
                            json(call(_ -> component.getAccessor().invoke(record))));
                }
                yield new Json.Fields(fields);
            }
            default -> new Json.Text(value.toString());
        };
    }

    @FunctionalInterface
    private interface Question {
        @Nullable
        Object askOf(Class<?> library) throws ReflectiveOperationException;
    }

    private static @Nullable Object call(Question question) {
        return call(LOG, question);
    }

    private static @Nullable Object call(String library, Question question) {
        try {
            return question.askOf(Class.forName(library));
        } catch (InvocationTargetException refused) {
            Throwable cause = refused.getCause() == null ? refused : refused.getCause();
            throw new CommandFailure(String.valueOf(cause.getMessage()), cause);
        } catch (ReflectiveOperationException missing) {
            throw new CommandFailure(
                    "the library is not on the class path; start it with the script ./tradesense", missing);
        }
    }
}
