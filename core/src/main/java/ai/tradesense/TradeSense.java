package ai.tradesense;

import ai.tradesense.aggregate.Aggregate;
import ai.tradesense.aggregate.Repositories;
import ai.tradesense.aggregate.Repository;
import ai.tradesense.bus.EventBus;
import ai.tradesense.bus.Limits;
import ai.tradesense.bus.PublishingBus;
import ai.tradesense.control.ControlStore;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventRegistry;
import ai.tradesense.events.IdGenerator;
import ai.tradesense.events.Upcaster;
import ai.tradesense.events.Upcasters;
import ai.tradesense.events.Uuid7;
import ai.tradesense.operations.MemoryOperationStore;
import ai.tradesense.operations.OperationStore;
import ai.tradesense.operations.Operations;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.retention.Retention;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.retention.RetentionStore;
import ai.tradesense.runtime.AgentRuntime;
import ai.tradesense.runtime.ThreadRuntime;
import ai.tradesense.store.EventFollower;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.Log;
import ai.tradesense.store.MemoryScheduleStore;
import ai.tradesense.store.MemorySnapshotStore;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.SnapshotStore;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Transport;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.LocalWorkers;
import ai.tradesense.worker.Platform;
import ai.tradesense.worker.Randomness;
import ai.tradesense.worker.Recorder;
import ai.tradesense.worker.ReplayBus;
import ai.tradesense.worker.StoredReplays;
import ai.tradesense.worker.WorkerRegistry;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The platform: a bus to publish on, workers that react, and a place for what failed.
///
/// ```java
/// try (TradeSense tradesense = TradeSense.builder().source("/my-service").build()) {
///     tradesense.register(Worker.named("greeter")
///             .on(UserRegistered.class, (user, context) -> greet(user))
///             .build());
///     tradesense.publish(new UserRegistered(…));
/// }
/// ```
///
/// Safe for use by several threads.
public final class TradeSense implements EventBus, AutoCloseable {
    private final EventBus bus;
    private final LocalWorkers workers;
    private final Operations operations;
    private final Transport transport;
    private final ParkingStore parking;
    private final @Nullable EventStore store;
    private final EventRegistry registry;
    private final Limits limits;
    private final InstantSource clock;
    private final AgentRuntime runtime;
    private final boolean travelsOnStore;
    private final @Nullable Repositories repositories;
    private final @Nullable Retention retention;
    private final MeterRegistry meters;
    private final List<EventFollower> followers = new ArrayList<>(); // guarded by what is to be closed
    private final Deque<Runnable> toClose = new ArrayDeque<>(); // the last to be made comes first

    private TradeSense(Builder builder) {
        InstantSource clock = builder.clock;
        this.transport = given(builder.transport, MemoryTransport::new, Transport::close);
        this.parking = builder.parking != null ? builder.parking : new MemoryParkingStore();
        this.store = builder.store;
        this.registry = builder.registry;
        this.limits = builder.limits;
        this.travelsOnStore = builder.travelsOnStore;
        this.meters = given(builder.meters, SimpleMeterRegistry::new, MeterRegistry::close);
        RandomGenerator random =
                builder.random != null ? builder.random : new SplittableRandom(new SecureRandom().nextLong());
        Randomness randomness = new Randomness(random);
        IdGenerator ids = builder.ids != null ? builder.ids : new Uuid7(clock, new SplittableRandom(random.nextLong()));
        this.clock = clock;
        this.runtime = given(builder.runtime, () -> new ThreadRuntime(clock), AgentRuntime::close);
        this.bus = new PublishingBus(transport, registry, limits, builder.source, ids, clock, meters);
        Upcasters upcasters = new Upcasters(builder.upcasters);
        this.repositories = store == null ? null : new Repositories(store, builder.snapshots, bus, upcasters, meters);
        this.workers = new LocalWorkers(new Platform(
                transport,
                parking,
                builder.schedules != null ? builder.schedules : new MemoryScheduleStore(),
                builder.control,
                upcasters,
                bus,
                builder.recorded && store != null ? new ReplayBus(bus, store) : bus,
                runtime,
                clock,
                limits,
                meters,
                randomness,
                builder.instance != null ? builder.instance : InstanceNames.next(random)));
        toClose.push(workers::close);
        OperationStore operationStore =
                builder.operations != null ? builder.operations : new MemoryOperationStore(parking);
        this.operations = new Operations(
                operationStore,
                parking,
                store == null ? null : new StoredReplays(workers, store),
                registry,
                ids,
                runtime,
                clock);
        toClose.push(operations::close);
        RetentionStore retained = builder.retained;
        this.retention = retained == null
                ? null
                : given(
                        null,
                        () -> new Retention(retained, builder.retention, builder.retentionPace, runtime, clock),
                        Retention::close);
        if (builder.recorded && store != null) {
            record(store);
        }
    }

    private void record(EventStore recorded) {
        try {
            workers.register(new Recorder(recorded));
        } catch (RuntimeException | Error failure) {
            close(); // nobody else can
            throw failure;
        }
    }

    /// What the builder was given is left open in the end; what is made here is closed here.
    private <T> T given(
            @Nullable T given, java.util.function.Supplier<T> otherwise, java.util.function.Consumer<T> close) {
        if (given != null) {
            return given;
        }
        T made = otherwise.get();
        toClose.push(() -> close.accept(made));
        return made;
    }

    /// Starts a platform; without further words it is in memory.
    public static Builder builder() {
        return new Builder();
    }

    /// Registers a worker and starts it, see [WorkerRegistry#register].
    public void register(EventWorker worker) {
        workers.register(worker);
    }

    /// The workers that are registered, and how they are.
    public WorkerRegistry workers() {
        return workers;
    }

    @Override
    public Published publish(EventData data) {
        return bus.publish(data);
    }

    @Override
    public Published publish(DomainEvent event) {
        return bus.publish(event);
    }

    @Override
    public List<Published> publish(List<DomainEvent> events) {
        return bus.publish(events);
    }

    @Override
    public void check(List<DomainEvent> events) {
        bus.check(events);
    }

    @Override
    public DomainEvent.Builder event(EventData data) {
        return bus.event(data);
    }

    /// The event store; empty if the platform was built without one.
    public Optional<EventStore> store() {
        return Optional.ofNullable(store);
    }

    /// The event store that events travel on, so that a worker finds everything there that it was sent. Empty with
    /// a broker and in memory, where a store is beside the transport if there is one.
    public Optional<EventStore> log() {
        return travelsOnStore ? store() : Optional.empty();
    }

    /// The repository of an aggregate whose events workers get like any other.
    ///
    /// @throws IllegalStateException if events do not travel on the log that stores them: what is appended to a
    ///     store beside a broker reaches no worker; see [Repositories] for one that is content with the store
    public <S> Repository<S> repository(Aggregate<S> aggregate) {
        if (repositories == null || !travelsOnStore) {
            throw new IllegalStateException("the transport '" + transport.name() + "' "
                    + (repositories == null ? "has no event store" : "is not the log that is the event store")
                    + ": workers would not get the events of the aggregate '" + aggregate.name()
                    + "'; a platform on a log is needed, in SQLite or PostgreSQL");
        }
        return repositories.of(aggregate);
    }

    /// Follows the event store behind a position, see [EventFollower]: for read models, and whatever else keeps
    /// its own position. Ends with the platform.
    ///
    /// @throws IllegalStateException if the platform was built without an event store
    public EventFollower follow(String name, long after, EventQuery filter, EventFollower.Listener listener) {
        if (store == null) {
            throw new IllegalStateException("the platform has no event store to follow");
        }
        EventFollower follower = EventFollower.start(name, store, after, filter, listener, runtime, clock);
        synchronized (toClose) {
            followers.removeIf(EventFollower::isClosed);
            followers.add(follower);
        }
        return follower;
    }

    /// How long events are kept; empty if the platform stands on no log.
    public Optional<Retention> retention() {
        return Optional.ofNullable(retention);
    }

    /// What is parked and what is dead.
    public ParkingStore parking() {
        return parking;
    }

    /// What operators do to dead letters, and replays of what is stored.
    public Operations operations() {
        return operations;
    }

    /// What carries the events, and how that is.
    public Transport transport() {
        return transport;
    }

    /// The event types that may be published.
    public EventRegistry registry() {
        return registry;
    }

    public Limits limits() {
        return limits;
    }

    /// Where the platform counts and times what it does.
    public MeterRegistry meters() {
        return meters;
    }

    /// Lets running handlers end, makes positions durable and releases what this platform made itself; what was
    /// given to the builder is left open. Idempotent.
    @Override
    public void close() {
        List<Runnable> all = new ArrayList<>();
        synchronized (toClose) {
            followers.forEach(follower -> all.add(follower::close));
            all.addAll(toClose);
            followers.clear();
            toClose.clear();
        }
        closeEach(all);
    }

    /// Closes the others, too, if one cannot be closed.
    private static void closeEach(List<Runnable> all) {
        Throwable first = null;
        for (Runnable close : all) {
            try {
                close.run();
            } catch (RuntimeException | Error failure) {
                if (first == null) {
                    first = failure;
                } else {
                    first.addSuppressed(failure);
                }
            }
        }
        switch (first) {
            case RuntimeException failure -> throw failure;
            case Error failure -> throw failure;
            case null, default -> {}
        }
    }

    /// Puts a platform together.
    public static final class Builder {
        private URI source = URI.create("/tradesense");
        private @Nullable Transport transport;
        private @Nullable ParkingStore parking;
        private @Nullable OperationStore operations;
        private @Nullable ScheduleStore schedules;
        private @Nullable ControlStore control;
        private @Nullable EventStore store;
        private SnapshotStore snapshots = new MemorySnapshotStore();
        private @Nullable RetentionStore retained;
        private RetentionPolicy retention = RetentionPolicy.KEEP_EVERYTHING;
        private Retention.Pace retentionPace = Retention.Pace.USUAL;
        private boolean travelsOnStore;
        private boolean recorded;
        private final List<Upcaster> upcasters = new ArrayList<>();
        private EventRegistry registry = EventRegistry.open();
        private @Nullable MeterRegistry meters;
        private InstantSource clock = InstantSource.system();
        private @Nullable IdGenerator ids;
        private @Nullable RandomGenerator random;
        private @Nullable String instance;
        private Limits limits = Limits.DEFAULT;
        private @Nullable AgentRuntime runtime;

        private Builder() {}

        /// The `source` of the events published here, a URI-reference; `/tradesense` by default.
        ///
        /// @throws IllegalArgumentException if it is none
        public Builder source(String source) {
            try {
                this.source = URI.create(source);
            } catch (IllegalArgumentException malformed) {
                throw new IllegalArgumentException(
                        "the source '" + source + "' is no URI-reference: " + malformed.getMessage()
                                + "; expected for example /order-service",
                        malformed);
            }
            return this;
        }

        /// Runs on one log that is transport, store, parking and schedules at once.
        public Builder log(Log log) {
            this.transport = log.transport();
            this.travelsOnStore = true;
            this.store = log.events();
            this.parking = log.parking();
            this.operations = log.operations();
            this.schedules = log.schedules();
            this.control = log.control();
            this.snapshots = log.snapshots();
            this.retained = log.retention();
            this.recorded = false;
            return this;
        }

        /// Carries events by this transport. If it is durable, what is parked has to be kept somewhere, too: with
        /// `log(log).transport(transport)` the log keeps that and records the events.
        public Builder transport(Transport transport) {
            this.transport = transport;
            this.travelsOnStore = false;
            this.recorded = store != null;
            return this;
        }

        /// Keeps parked events there: those that wait for a retry, and dead letters. All instances that share the
        /// work of a group must have the same. In memory by default, with a transport that is in memory, too.
        public Builder parking(ParkingStore parking) {
            this.parking = parking;
            this.operations = null;
            return this;
        }

        /// Keeps operators' operations there: a store on top of the one that keeps the parked events. In memory by
        /// default, or in the log. To be said after [#parking].
        public Builder operations(OperationStore operations) {
            this.operations = operations;
            return this;
        }

        /// Shares there what operators order of workers with all other instances, and with those to come; by
        /// default nowhere, or in the log.
        public Builder control(ControlStore control) {
            this.control = control;
            return this;
        }

        /// Notes there up to where schedules have come; in memory by default, or in the log.
        public Builder schedules(ScheduleStore schedules) {
            this.schedules = schedules;
            return this;
        }

        /// Records every event there, once, by a worker of its own; not needed with [#log], which records as well.
        public Builder store(EventStore store) {
            this.store = store;
            this.travelsOnStore = false;
            this.recorded = true;
            return this;
        }

        /// Removes events of the [#log] when they are older than that; by default it keeps them for ever.
        public Builder retention(RetentionPolicy policy, Retention.Pace pace) {
            this.retention = policy;
            this.retentionPace = pace;
            return this;
        }

        /// Which types may be published; by default every well-formed one.
        public Builder registry(EventRegistry registry) {
            this.registry = registry;
            return this;
        }

        /// Brings events of an older version to workers that ask for a newer one; stored and parked events too.
        public Builder upcaster(Upcaster upcaster) {
            upcasters.add(upcaster);
            return this;
        }

        /// Where counts, times and gauges go; a registry of its own by default.
        public Builder meters(MeterRegistry meters) {
            this.meters = meters;
            return this;
        }

        /// Where the time comes from; the clock of the system by default.
        public Builder clock(InstantSource clock) {
            this.clock = clock;
            return this;
        }

        /// Makes the ids of events that are published without one; UUIDs of version 7 by default.
        public Builder ids(IdGenerator ids) {
            this.ids = ids;
            return this;
        }

        /// Where every random number comes from; a secure seed by default.
        public Builder random(RandomGenerator random) {
            this.random = random;
            return this;
        }

        /// Names this platform among those that share its stores, of which no other may have the same name; by default
        /// after its machine and process, with a number of chance.
        public Builder instance(String instance) {
            this.instance = instance;
            return this;
        }

        /// What has a limit, and which; [Limits#DEFAULT] by default.
        public Builder limits(Limits limits) {
            this.limits = limits;
            return this;
        }

        /// Who runs the loops; threads by default.
        public Builder runtime(AgentRuntime runtime) {
            this.runtime = runtime;
            return this;
        }

        /// The platform, ready to publish.
        ///
        /// @throws IllegalStateException if the transport is durable and no parking store was given
        /// @throws IllegalArgumentException if the limits allow events that the transport does not carry
        public TradeSense build() {
            if (transport != null) {
                limits.requireCarriedBy(transport);
            }
            if (parking == null && transport != null && transport.isDurable()) {
                throw new IllegalStateException("what is parked of events on the transport " + transport.name()
                        + " would not outlive this process, as the events do: give .log(JdbcLog.open(url)) before"
                        + " .transport(…), or .parking(new MemoryParkingStore()) if it may be lost");
            }
            return new TradeSense(this);
        }
    }
}
