package ai.tradesense.cli;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Asks a class that comes on the class path of the script `./tradesense` and is known by its name only, so that
/// the command line depends on none of them.
final class ForeignCall {
    static { // read by the first of its loggers
        System.getProperties().putIfAbsent("logback.configurationFile", "ai/tradesense/cli/foreign-logback.xml");
    }

    private ForeignCall() {}

    /// What is asked.
    @FunctionalInterface
    interface Question {
        @Nullable
        Object askOf(Class<?> foreign) throws ReflectiveOperationException;
    }

    /// The answer.
    ///
    /// @throws CommandFailure saying what it refused, or that it is not there
    static @Nullable Object of(String className, Question question) {
        try {
            return question.askOf(Class.forName(className));
        } catch (InvocationTargetException refused) {
            Throwable cause = refused.getCause() == null ? refused : refused.getCause();
            throw new CommandFailure(String.valueOf(cause.getMessage()), cause);
        } catch (ReflectiveOperationException missing) {
            throw new CommandFailure(
                    className + " is not on the class path; start it with the script ./tradesense", missing);
        }
    }

    /// Records, lists and plain values as the server's API would say them.
    static Json json(@Nullable Object value) {
        return switch (value) {
            case null -> Json.Literal.NULL;
            case Long number -> new Json.Literal(number.toString());
            case List<?> list -> {
                List<Json> items = new ArrayList<>();
                list.forEach(item -> items.add(json(item)));
                yield new Json.Items(items);
            }
            case Record record -> {
                Map<String, Json> fields = new LinkedHashMap<>();
                for (RecordComponent component : record.getClass().getRecordComponents()) {
                    fields.put(component.getName(), json(valueOf(record, component)));
                }
                yield new Json.Fields(fields);
            }
            default -> new Json.Text(value.toString());
        };
    }

    private static @Nullable Object valueOf(Record record, RecordComponent component) {
        try {
            return component.getAccessor().invoke(record);
        } catch (ReflectiveOperationException hidden) {
            throw new CommandFailure(record.getClass() + " does not show its " + component.getName(), hidden);
        }
    }
}
