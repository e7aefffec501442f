package ai.tradesense;

import ai.tradesense.bus.EventBus;
import ai.tradesense.bus.Limits;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.IdGenerator;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.Log;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Transport;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.WorkerRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// The platform: a bus to publish on, workers that react, and a place for what failed.
///
/// ```java
/// try (TradeSense tradesense = TradeSense.builder().source("/my-service").build()) {
///     tradesense.register(Worker.named("greeter").on(UserRegistered.class, (user, context) -> greet(user)).build());
///     tradesense.publish(new UserRegistered(…));
/// }
/// ```
///
/// Safe for use by several threads.
@SuppressWarnings("DoNotCallSuggester")
public final class TradeSense implements EventBus, AutoCloseable {
    private TradeSense() {}

    /// Starts a platform; without further words it is in memory.
    public static Builder builder() {
        return new Builder();
    }

    /// Registers a worker and starts it, see [WorkerRegistry#register].
    public void register(EventWorker worker) {
        workers().register(worker);
    }

    public WorkerRegistry workers() {
        throw new IllegalStateException("being written");
    }

    @Override
    public Published publish(EventData data) {
        throw new IllegalStateException("being written");
    }

    @Override
    public Published publish(DomainEvent event) {
        throw new IllegalStateException("being written");
    }

    @Override
    public List<Published> publish(List<DomainEvent> events) {
        throw new IllegalStateException("being written");
    }

    @Override
    public DomainEvent.Builder event(EventData data) {
        throw new IllegalStateException("being written");
    }

    /// The event store; empty on a transport in memory without one.
    public Optional<EventStore> store() {
        throw new IllegalStateException("being written");
    }

    /// What is parked and what is dead.
    public ParkingStore parking() {
        throw new IllegalStateException("being written");
    }

    public Transport transport() {
        throw new IllegalStateException("being written");
    }

    /// The event types that may be published.
    public EventRegistry registry() {
        throw new IllegalStateException("being written");
    }

    public Limits limits() {
        throw new IllegalStateException("being written");
    }

    /// Lets workers finish what they have begun, makes positions durable and releases what this platform opened
    /// itself; a transport or store that was given to the builder is left open. Idempotent.
    @Override
    public void close() {}

    /// Puts a platform together.
    public static final class Builder {
        private Builder() {}

        /// The `source` of the events published here, a URI-reference; `/tradesense` by default.
        public Builder source(String source) {
            URI.create(source);
            return this;
        }

        /// Runs on one log that is transport, store and parking at once.
        public Builder log(Log log) {
            return this;
        }

        /// Carries events by this transport.
        public Builder transport(Transport transport) {
            return this;
        }

        /// Keeps parked events there.
        public Builder parking(ParkingStore parking) {
            return this;
        }

        /// Records every event there, once, by a worker of its own; not needed with [#log].
        public Builder store(EventStore store) {
            return this;
        }

        /// Which types may be published; by default every well-formed one.
        public Builder registry(EventRegistry registry) {
            return this;
        }

        public Builder meters(MeterRegistry meters) {
            return this;
        }

        public Builder clock(InstantSource clock) {
            return this;
        }

        public Builder ids(IdGenerator ids) {
            return this;
        }

        public Builder limits(Limits limits) {
            return this;
        }

        /// Who runs the loops; threads by default.
        public Builder runtime(AgentRuntime runtime) {
            return this;
        }

        /// The platform, ready to publish.
        public TradeSense build() {
            return new TradeSense();
        }
    }
}
