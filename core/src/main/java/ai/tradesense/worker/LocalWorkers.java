package ai.tradesense.worker;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.MemoryControlStore;
import ai.tradesense.control.Order;
import ai.tradesense.runtime.AgentHandle;
import ai.tradesense.runtime.AgentRuntime;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The workers of one process.
public final class LocalWorkers implements WorkerRegistry, AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(LocalWorkers.class);

    private final Platform platform;
    private final ConcurrentSkipListMap<String, Dispatcher> dispatchers = new ConcurrentSkipListMap<>();
    private final ConcurrentSkipListMap<String, Ticker> tickers = new ConcurrentSkipListMap<>();
    private final Orders orders;
    private final Presence presence;
    private final Silence silence;
    private @Nullable AgentHandle ordersHandle;
    private @Nullable AgentHandle presenceHandle;
    private boolean closed;

    public LocalWorkers(Platform platform) {
        this.platform = platform;
        this.silence = new Silence(platform.clock());
        ControlStore shared = platform.control();
        ControlStore control = shared != null ? shared : new MemoryControlStore();
        this.orders = new Orders(control, platform.clock(), platform.instance(), this::carryOutIfHere);
        this.presence = new Presence(control, platform.clock(), platform.instance(), this::workers);
    }

    @Override
    public synchronized void register(EventWorker worker) {
        if (closed) {
            throw new IllegalStateException("the platform is closed");
        }
        WorkerSpec spec = WorkerSpec.of(worker);
        for (Dispatcher other : dispatchers.values()) {
            if (other.spec().name().equals(spec.name())) {
                throw new IllegalArgumentException("there is a worker '" + spec.name() + "' already");
            }
            if (other.spec().group().equals(spec.group())) {
                throw new IllegalArgumentException(
                        "worker '" + spec.name() + "' wants the consumer group '" + spec.group()
                                + "', which belongs to worker '" + other.spec().name() + "'");
            }
        }
        Ticker ticker = worker instanceof ScheduledWorker scheduled ? new Ticker(scheduled, spec, platform) : null;
        followOrders();
        Dispatcher dispatcher = new Dispatcher(spec, platform, silence);
        dispatchers.put(spec.name(), dispatcher);
        try {
            orders.repeat(spec.name());
            dispatcher.start(platform.runtime());
            if (ticker != null) {
                ticker.start(platform.runtime(), dispatcher::isPaused);
                tickers.put(spec.name(), ticker);
            }
        } catch (RuntimeException | Error failure) {
            deregister(spec.name());
            throw failure;
        }
    }

    /// Learns what was ordered before a worker takes its first event, and goes on looking if others may
    /// order something.
    private void followOrders() {
        orders.look();
        if (ordersHandle == null && platform.control() != null) {
            ordersHandle = platform.runtime().start(orders, AgentRuntime.Kind.LOOP);
            presenceHandle = platform.runtime().start(presence, AgentRuntime.Kind.LOOP);
        }
    }

    /// What works for a worker of this process; null if it has none of that name.
    @Nullable
    Dispatcher find(String workerName) {
        return dispatchers.get(workerName);
    }

    Platform platform() {
        return platform;
    }

    private void carryOutIfHere(String workerName, Order order) {
        Dispatcher dispatcher = dispatchers.get(workerName);
        if (dispatcher != null) {
            try {
                carryOut(dispatcher, order);
            } catch (IllegalArgumentException impossible) {
                LOG.error("worker {} cannot do what was ordered: {}", workerName, order, impossible);
            }
        }
    }

    private void carryOut(Dispatcher dispatcher, Order order) {
        String name = dispatcher.spec().name();
        switch (order) {
            case Order.Pause _ -> dispatcher.admit(Admission.PAUSED);
            case Order.Drain _ -> dispatcher.admit(Admission.DRAINING);
            case Order.Resume _ -> resume(dispatcher);
            case Order.Concurrency(int subjects) ->
                dispatcher.changeConcurrency(WorkerSpec.requireConcurrency(name, subjects));
            case Order.OpenBreaker _ -> dispatcher.breaker().forceOpen();
            case Order.ResetBreaker _ -> dispatcher.breaker().reset();
        }
    }

    private void resume(Dispatcher dispatcher) {
        dispatcher.admit(Admission.OPEN);
        Ticker ticker = tickers.get(dispatcher.spec().name());
        if (ticker != null) {
            ticker.wake();
        }
    }

    private void order(String workerName, Order order) {
        Dispatcher dispatcher = dispatchers.get(workerName);
        if (dispatcher == null && !presence.isElsewhere(workerName)) {
            throw new NoSuchElementException("there is no worker '" + workerName + "'");
        }
        orders.give(workerName, order, () -> {
            if (dispatcher != null) {
                carryOut(dispatcher, order);
            }
        });
    }

    @Override
    public void deregister(String workerName) {
        Dispatcher dispatcher;
        Ticker ticker;
        synchronized (this) {
            dispatcher = dispatchers.remove(workerName);
            ticker = tickers.remove(workerName);
            if (dispatcher != null) {
                dispatcher.removeMeters();
            }
        }
        if (ticker != null) {
            ticker.close();
        }
        if (dispatcher != null) {
            dispatcher.close();
        }
    }

    @Override
    public void pause(String workerName) {
        order(workerName, new Order.Pause());
    }

    @Override
    public void drain(String workerName) {
        order(workerName, new Order.Drain());
    }

    @Override
    public void resume(String workerName) {
        order(workerName, new Order.Resume());
    }

    @Override
    public void changeConcurrency(String workerName, int subjects) {
        order(workerName, new Order.Concurrency(WorkerSpec.requireConcurrency(workerName, subjects)));
    }

    @Override
    public void openBreaker(String workerName) {
        order(workerName, new Order.OpenBreaker());
    }

    @Override
    public void resetBreaker(String workerName) {
        order(workerName, new Order.ResetBreaker());
    }

    @Override
    public List<WorkerStatus> workers() {
        return dispatchers.values().stream().map(Dispatcher::status).toList();
    }

    @Override
    public List<ScheduleStatus> schedules() {
        return tickers.values().stream().map(Ticker::status).toList();
    }

    @Override
    public List<InstanceStatus> instances() {
        return presence.instances();
    }

    @Override
    public Optional<WorkerStatus> worker(String workerName) {
        return Optional.ofNullable(dispatchers.get(workerName)).map(Dispatcher::status);
    }

    /// Closes every worker. Idempotent.
    @Override
    public void close() {
        List<Dispatcher> toClose;
        List<AgentHandle> handles;
        synchronized (this) {
            closed = true;
            handles = Stream.of(ordersHandle, presenceHandle)
                    .flatMap(Stream::ofNullable)
                    .toList();
            ordersHandle = null;
            presenceHandle = null;
            tickers.values().forEach(Ticker::close);
            tickers.clear();
            toClose = List.copyOf(dispatchers.values());
            toClose.forEach(Dispatcher::removeMeters);
            dispatchers.clear();
        }
        handles.forEach(AgentHandle::close);
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            toClose.forEach(dispatcher -> each.execute(dispatcher::close));
        }
        if (!handles.isEmpty()) {
            presence.end();
        }
    }
}
