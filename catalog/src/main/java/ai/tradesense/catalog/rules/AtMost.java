package ai.tradesense.catalog.rules;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The schema of the number sets an upper bound; the constructor calls [Rules#atMost].
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
public @interface AtMost {
    /// The largest number allowed.
    int value();
}
