package ai.tradesense.server;

import ai.tradesense.TradeSense;
import ai.tradesense.server.config.Settings;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Transport;
import java.time.InstantSource;

/// What the configuration says that the platform stands on. The one place that knows how a transport, a store and
/// a place for parked events are made.
final class Foundation implements AutoCloseable {
    private final TradeSense.Builder builder;
    private final Runnable release;

    private Foundation(TradeSense.Builder builder, Runnable release) {
        this.builder = builder;
        this.release = release;
    }

    /// Opens it.
    static Foundation open(Settings settings, InstantSource clock) {
        return switch (settings.transport()) {
            case EMBEDDED -> memory(clock);
            case MEMORY -> memory(clock);
        };
    }

    private static Foundation memory(InstantSource clock) {
        Transport transport = new MemoryTransport();
        return new Foundation(
                TradeSense.builder().transport(transport).store(new MemoryEventStore(clock)), transport::close);
    }

    /// A platform on it, to be completed.
    TradeSense.Builder builder() {
        return builder;
    }

    @Override
    public void close() {
        release.run();
    }
}
