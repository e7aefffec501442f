package ai.tradesense.desk;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportException;
import ai.tradesense.transport.TransportHealth;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A transport that now and then fails to send: by turns before anything was sent, and after all of it was.
final class UnreliableTransport implements Transport {
    private final Transport transport = new MemoryTransport();
    private final AtomicInteger sends = new AtomicInteger();
    private final AtomicInteger failures = new AtomicInteger();
    private final int failsOneIn;

    UnreliableTransport(int failsOneIn) {
        this.failsOneIn = failsOneIn;
    }

    int failures() {
        return failures.get();
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        boolean fails = sends.incrementAndGet() % failsOneIn == 0;
        if (fails && failures.incrementAndGet() % 2 == 0) {
            throw new TransportException(name(), "the connection was lost before sending", null);
        }
        List<Published> published = transport.send(events);
        if (fails) {
            throw new TransportException(name(), "the connection was lost after sending", null);
        }
        return published;
    }

    @Override
    public String name() {
        return "unreliable";
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        return transport.subscribe(membership, signal);
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return transport.partitionOf(domain, subject);
    }

    @Override
    public TransportHealth health() {
        return transport.health();
    }

    @Override
    public void close() {
        transport.close();
    }
}
