package ai.tradesense.worker;

import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// The workers of one process.
public final class LocalWorkers implements WorkerRegistry, AutoCloseable {
    private final Platform platform;
    private final ConcurrentSkipListMap<String, Dispatcher> dispatchers = new ConcurrentSkipListMap<>();
    private boolean closed;

    public LocalWorkers(Platform platform) {
        this.platform = platform;
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
        dispatchers.put(spec.name(), new Dispatcher(spec, platform));
    }

    @Override
    public void deregister(String workerName) {
        Dispatcher dispatcher;
        synchronized (this) {
            dispatcher = dispatchers.remove(workerName);
        }
        if (dispatcher != null) {
            dispatcher.close();
        }
    }

    @Override
    public void pause(String workerName) {
        require(workerName).pause();
    }

    @Override
    public void resume(String workerName) {
        require(workerName).resume();
    }

    private Dispatcher require(String workerName) {
        Dispatcher dispatcher = dispatchers.get(workerName);
        if (dispatcher == null) {
            throw new NoSuchElementException("there is no worker '" + workerName + "'");
        }
        return dispatcher;
    }

    @Override
    public List<WorkerStatus> workers() {
        return dispatchers.values().stream().map(Dispatcher::status).toList();
    }

    @Override
    public Optional<WorkerStatus> worker(String workerName) {
        return Optional.ofNullable(dispatchers.get(workerName)).map(Dispatcher::status);
    }

    /// Closes every worker. Idempotent.
    @Override
    public void close() {
        List<Dispatcher> toClose;
        synchronized (this) {
            closed = true;
            toClose = List.copyOf(dispatchers.values());
            dispatchers.clear();
        }
        try (ExecutorService each = Executors.newVirtualThreadPerTaskExecutor()) {
            toClose.forEach(dispatcher -> each.execute(dispatcher::close));
        }
    }
}
