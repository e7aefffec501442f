package ai.tradesense.events;

import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/// Names the event type whose data a record holds: `@EventName("Trading.Order.Placed.v1") record
/// OrderPlaced(…)`.
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface EventName {
    /// The full name of the type, as [EventType#parse] takes it.
    String value();
}
