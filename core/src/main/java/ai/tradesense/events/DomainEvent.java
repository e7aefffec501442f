package ai.tradesense.events;

import java.net.URI;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Something that happened in the business: a CloudEvents 1.0.2 event whose type is an [EventType] and whose
/// subject is the key that order is kept by. `source` and `id` together identify it; publishing the same pair
/// again is the same event. Immutable.
public final class DomainEvent {
    /// The longest `id`, `subject` and `source`, in characters. AMQP carries no longer short strings.
    public static final int MAX_KEY_LENGTH = 255;

    public static final String CORRELATION_ID = "correlationid";
    public static final String CAUSATION_ID = "causationid";
    public static final String TRACE_PARENT = "traceparent";
    public static final String TRACE_STATE = "tracestate";
    public static final String DATA_CLASSIFICATION = "dataclassification";
    public static final String CRITICAL = "critical";

    private final CloudEvent envelope;
    private final EventType type;
    private final String subject;
    private final Instant time;

    private DomainEvent(CloudEvent envelope, EventType type, String subject, Instant time) {
        this.envelope = envelope;
        this.type = type;
        this.subject = subject;
        this.time = time;
    }

    /// A CloudEvent as a domain event.
    ///
    /// @throws InvalidEventException if the type is not of a domain event, or subject or time are missing, or
    ///     an attribute is too long or of the wrong kind
    public static DomainEvent of(CloudEvent envelope) {
        EventType type = EventType.parse(envelope.type());
        String subject = envelope.subject();
        if (subject == null) {
            throw new InvalidEventException("/subject", "is missing; it is the key that order is kept by");
        }
        Instant time = envelope.time();
        if (time == null) {
            throw new InvalidEventException("/time", "is missing");
        }
        requireLength("/id", envelope.id());
        requireLength("/source", envelope.source().toString());
        requireLength("/subject", subject);
        Map<String, Object> extensions = envelope.extensions();
        if (!extensions.isEmpty()) {
            requireKind(extensions, CORRELATION_ID, String.class);
            requireKind(extensions, CAUSATION_ID, String.class);
            requireKind(extensions, TRACE_PARENT, String.class);
            requireKind(extensions, TRACE_STATE, String.class);
            requireKind(extensions, DATA_CLASSIFICATION, String.class);
            requireKind(extensions, CRITICAL, Boolean.class);
        }
        return new DomainEvent(envelope, type, subject, time);
    }

    private static void requireLength(String pointer, String text) {
        if (text.length() > MAX_KEY_LENGTH) {
            throw new InvalidEventException(
                    pointer, "is " + text.length() + " characters long, at most " + MAX_KEY_LENGTH + " are allowed");
        }
    }

    private static void requireKind(Map<String, Object> extensions, String name, Class<?> kind) {
        Object value = extensions.get(name);
        if (value != null && !kind.isInstance(value)) {
            String found = value instanceof String text ? InvalidEventException.quote(text) : value.toString();
            throw new InvalidEventException(
                    "/" + name,
                    "is " + found + ", expected a " + kind.getSimpleName().toLowerCase(java.util.Locale.ROOT));
        }
    }

    /// Starts an event of `type`; id, source, subject and time must follow.
    public static Builder builder(EventType type) {
        return new Builder(type);
    }

    /// Starts an event from a record of the catalogue: type, subject and data are its own; id, source and time
    /// must follow.
    public static Builder builder(EventData data) {
        return new Builder(EventType.of(data.getClass()))
                .subject(data.subject())
                .data(Payload.value(data));
    }

    public String id() {
        return envelope.id();
    }

    public URI source() {
        return envelope.source();
    }

    public EventType type() {
        return type;
    }

    /// The key: the account, challenge, user or position that the event is about.
    public String subject() {
        return subject;
    }

    /// When it happened.
    public Instant time() {
        return time;
    }

    public Payload data() {
        return envelope.data();
    }

    /// The data as a record, see [Payload#as].
    public <T> T dataAs(Class<T> dataClass) {
        return envelope.data().as(dataClass);
    }

    /// Domain and subject, which order is kept by.
    public OrderKey orderKey() {
        return new OrderKey(type.domain(), subject);
    }

    /// An extension attribute: a [Boolean], [Integer] or [String]; null if it is not set.
    public @Nullable Object extension(String name) {
        return envelope.extensions().get(name);
    }

    /// The id shared by everything that one request set off.
    public @Nullable String correlationId() {
        return (String) extension(CORRELATION_ID);
    }

    /// The id of the event that caused this one.
    public @Nullable String causationId() {
        return (String) extension(CAUSATION_ID);
    }

    /// Whether the event goes ahead of others that are not of its subject.
    public boolean critical() {
        return Boolean.TRUE.equals(extension(CRITICAL));
    }

    /// The CloudEvents envelope, for codecs and bindings.
    public CloudEvent envelope() {
        return envelope;
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof DomainEvent event && event.envelope.equals(envelope);
    }

    @Override
    public int hashCode() {
        return envelope.id().hashCode();
    }

    @Override
    public String toString() {
        return type + " " + id() + " of " + subject;
    }

    /// Builds one event. Not for use by several threads.
    public static final class Builder {
        private final EventType type;
        private Map<String, Object> extensions = Map.of();
        private @Nullable String id;
        private @Nullable URI source;
        private @Nullable String subject;
        private @Nullable Instant time;
        private @Nullable String dataContentType;
        private @Nullable URI dataSchema;
        private Payload data = Payload.NONE;

        private Builder(EventType type) {
            this.type = type;
        }

        public Builder id(String id) {
            this.id = id;
            return this;
        }

        public Builder source(URI source) {
            this.source = source;
            return this;
        }

        public Builder subject(String subject) {
            this.subject = subject;
            return this;
        }

        public Builder time(Instant time) {
            this.time = time;
            return this;
        }

        public Builder dataContentType(String mediaType) {
            this.dataContentType = mediaType;
            return this;
        }

        public Builder dataSchema(URI absolute) {
            this.dataSchema = absolute;
            return this;
        }

        public Builder data(Payload data) {
            this.data = data;
            return this;
        }

        public Builder correlationId(String correlationId) {
            return extension(CORRELATION_ID, correlationId);
        }

        public Builder causationId(String causationId) {
            return extension(CAUSATION_ID, causationId);
        }

        /// Marks the event as one that goes ahead of others.
        public Builder critical() {
            return extension(CRITICAL, true);
        }

        /// Sets an extension attribute to a [Boolean], [Integer] or [String].
        public Builder extension(String name, Object value) {
            if (extensions.isEmpty()) {
                extensions = new HashMap<>();
            }
            extensions.put(name, value);
            return this;
        }

        /// The event.
        ///
        /// @throws InvalidEventException naming the attribute that is missing or wrong
        public DomainEvent build() {
            return of(new CloudEvent(
                    required("/id", id),
                    required("/source", source),
                    type.name(),
                    subject,
                    time,
                    dataContentType,
                    dataSchema,
                    extensions,
                    data));
        }

        private static <T> T required(String pointer, @Nullable T value) {
            if (value == null) {
                throw new InvalidEventException(pointer, "is missing");
            }
            return value;
        }
    }
}
