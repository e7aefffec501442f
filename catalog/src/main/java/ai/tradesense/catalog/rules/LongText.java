package ai.tradesense.catalog.rules;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// The schema of the text allows [Rules#MAX_LONG_TEXT] characters; the constructor calls [Rules#longText].
@Target(ElementType.FIELD)
@Retention(RetentionPolicy.RUNTIME)
public @interface LongText {}
