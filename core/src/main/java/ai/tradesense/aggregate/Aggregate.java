package ai.tradesense.aggregate;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import ai.tradesense.events.OrderKey;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.events.Upcasters;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/// How the events of a stream add up to a state: pure functions, said once and used by a [Repository].
///
/// ```java
/// Aggregate<Account> accounts = Aggregate.named("account", "Trading", Account.NEW)
///     .on(OrderPlaced.class, Account::placed)
///     .on(OrderFilled.class, Account::filled)
///     .build();
/// ```
///
/// Events of the stream that nobody asked for are passed over. Immutable.
///
/// @param <S> the state; immutable too
public final class Aggregate<S> {
    private final String name;
    private final String domain;
    private final S initial;
    private final Map<EventType, BiFunction<S, DomainEvent, S>> handlers;
    private final TypeFilter wanted;
    private final @Nullable SnapshotRule<S> snapshots;

    /// When a snapshot is taken, and of what form it is.
    ///
    /// @param form names the shape of the state; one of another form is not read
    /// @param every after how many events
    record SnapshotRule<S>(Class<S> state, String form, int every) {}

    private Aggregate(Builder<S> builder) {
        this.name = builder.name;
        this.domain = builder.domain;
        this.initial = builder.initial;
        this.handlers = new HashMap<>(builder.handlers);
        this.wanted =
                TypeFilter.of(handlers.keySet().stream().map(EventType::name).toList());
        this.snapshots = builder.snapshots;
    }

    /// Starts an aggregate.
    ///
    /// @param name names its snapshots, and it in messages
    /// @param domain of its events; together with a subject it names a stream
    /// @param initial the state before the first event
    public static <S> Builder<S> named(String name, String domain, S initial) {
        return new Builder<>(name, domain, initial);
    }

    public String name() {
        return name;
    }

    /// The stream of a subject.
    public OrderKey stream(String subject) {
        return new OrderKey(domain, subject);
    }

    /// The state before the first event.
    public S initial() {
        return initial;
    }

    /// The state after an event.
    ///
    /// @throws ai.tradesense.events.InvalidEventException if the event's data does not fit its record
    public S evolve(S state, DomainEvent event) {
        return evolve(state, event, Upcasters.NONE);
    }

    S evolve(S state, DomainEvent event, Upcasters upcasters) {
        EventType version = upcasters.wantedVersion(event.type(), wanted);
        BiFunction<S, DomainEvent, S> handler = version == null ? null : handlers.get(version);
        return version == null || handler == null ? state : handler.apply(state, upcasters.upcast(event, version));
    }

    @Nullable
    SnapshotRule<S> snapshots() {
        return snapshots;
    }

    /// Builds one aggregate. Not for use by several threads.
    public static final class Builder<S> {
        private final String name;
        private final String domain;
        private final S initial;
        private final Map<EventType, BiFunction<S, DomainEvent, S>> handlers = new LinkedHashMap<>();
        private @Nullable SnapshotRule<S> snapshots;

        private Builder(String name, String domain, S initial) {
            this.name = name;
            this.domain = domain;
            this.initial = initial;
        }

        /// Says what the state is after an event of a record's type; pure. Older versions of the type are
        /// brought to it by the platform's upcasters.
        public <T extends EventData> Builder<S> on(
                Class<T> dataClass, BiFunction<? super S, ? super T, ? extends S> evolve) {
            EventType type = EventType.of(dataClass);
            if (!type.domain().equals(domain)) {
                throw new IllegalArgumentException("the aggregate '" + name + "' is made of events of the domain "
                        + domain + "; " + type + " is none");
            }
            if (handlers.putIfAbsent(type, (state, event) -> evolve.apply(state, event.dataAs(dataClass))) != null) {
                throw new IllegalArgumentException("the aggregate '" + name + "' has two functions for " + type);
            }
            return this;
        }

        /// Keeps a snapshot of the state, as JSON, so that not the whole history is read every time.
        ///
        /// @param form names the shape of the state, such as `account.v1`; another name makes older snapshots
        ///     void
        /// @param everyEvents after how many events a new one is taken
        public Builder<S> snapshot(Class<S> state, String form, int everyEvents) {
            if (everyEvents < 1) {
                throw new IllegalArgumentException("everyEvents is " + everyEvents + ", expected 1 or more");
            }
            this.snapshots = new SnapshotRule<>(state, form, everyEvents);
            return this;
        }

        /// The aggregate.
        ///
        /// @throws ai.tradesense.events.InvalidEventException if it has no events
        public Aggregate<S> build() {
            return new Aggregate<>(this);
        }
    }
}
