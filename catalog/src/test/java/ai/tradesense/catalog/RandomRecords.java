package ai.tradesense.catalog;

import ai.tradesense.catalog.rules.AtMost;
import ai.tradesense.catalog.rules.Currency;
import ai.tradesense.catalog.rules.Email;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.events.EventData;
import ai.tradesense.events.InvalidEventException;
import java.lang.reflect.Constructor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Arrays;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/// Makes instances of event records from a seed.
final class RandomRecords {
    private static final int TRIES = 1_000;

    private final Random random;

    RandomRecords(long seed) {
        this.random = new Random(seed);
    }

    /// An instance that the constructor accepts; rules between components are met by trying again.
    <T extends EventData> T next(Class<T> dataClass) {
        InvalidEventException refused = null;
        for (int i = 0; i < TRIES; i++) {
            Object[] values = Arrays.stream(dataClass.getRecordComponents())
                    .map(this::value)
                    .toArray();
            try {
                return construct(dataClass, values);
            } catch (InvalidEventException failure) {
                refused = failure;
            }
        }
        throw new AssertionError("no valid " + dataClass.getSimpleName() + " in " + TRIES + " tries", refused);
    }

    static <T> T construct(Class<T> dataClass, Object... values) {
        try {
            Class<?>[] kinds = Arrays.stream(dataClass.getRecordComponents())
                    .map(RecordComponent::getType)
                    .toArray(Class<?>[]::new);
            Constructor<T> constructor = dataClass.getDeclaredConstructor(kinds);
            return constructor.newInstance(values);
        } catch (InvocationTargetException failure) {
            if (failure.getCause() instanceof InvalidEventException refused) {
                throw refused;
            }
            throw new AssertionError(failure.getCause());
        } catch (ReflectiveOperationException failure) {
            throw new LinkageError("cannot construct " + dataClass, failure);
        }
    }

    static boolean isNullable(RecordComponent component) {
        return component.getAnnotatedType().isAnnotationPresent(Nullable.class);
    }

    static <A extends java.lang.annotation.Annotation> @Nullable A annotation(
            RecordComponent component, Class<A> annotation) {
        try {
            return component
                    .getDeclaringRecord()
                    .getDeclaredField(component.getName())
                    .getAnnotation(annotation);
        } catch (NoSuchFieldException failure) {
            throw new AssertionError(failure);
        }
    }

    private @Nullable Object value(RecordComponent component) {
        if (isNullable(component) && random.nextBoolean()) {
            return null;
        }
        Class<?> kind = component.getType();
        if (kind == String.class) {
            return text(component);
        }
        if (kind == BigDecimal.class) {
            return decimal(component);
        }
        if (kind == Instant.class) {
            return Instant.ofEpochSecond(1_500_000_000L + random.nextInt(100_000_000), random.nextInt(1_000_000_000));
        }
        AtMost atMost = annotation(component, AtMost.class);
        int bound = atMost != null ? atMost.value() : 1_000_000;
        if (kind == int.class) {
            return 1 + random.nextInt(bound);
        }
        if (kind == long.class) {
            return 1 + random.nextLong(Long.MAX_VALUE - 1);
        }
        return kind.getEnumConstants()[random.nextInt(kind.getEnumConstants().length)];
    }

    private String text(RecordComponent component) {
        if (annotation(component, Currency.class) != null) {
            return new String[] {"USD", "EUR", "JPY"}[random.nextInt(3)];
        }
        String letters = "abcZ09-_./ äß€😀\"\\\n";
        int length = 1 + random.nextInt(60);
        String text = letters.codePoints()
                .boxed()
                .flatMap(any -> java.util.stream.Stream.of(random.nextInt(letters.length())))
                .map(index -> letters.codePointAt(Character.isLowSurrogate(letters.charAt(index)) ? index - 1 : index))
                .limit(length)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return annotation(component, Email.class) != null ? "a" + text + "@example.org" : text;
    }

    private BigDecimal decimal(RecordComponent component) {
        AtMost atMost = annotation(component, AtMost.class);
        int scale = random.nextInt(19);
        BigDecimal value = new BigDecimal(new BigInteger(1 + random.nextInt(60 - 3 * (18 - scale)), random), scale);
        if (atMost != null) {
            value = value.remainder(BigDecimal.valueOf(atMost.value()));
        }
        if (annotation(component, Positive.class) != null) {
            return value.signum() == 0 ? BigDecimal.ONE : value;
        }
        boolean signed = annotation(component, NotNegative.class) == null;
        return signed && random.nextBoolean() ? value.negate() : value;
    }
}
