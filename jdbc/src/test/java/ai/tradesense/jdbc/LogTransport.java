package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.Log;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportHealth;
import java.util.List;

/// The transport of a log that is closed with it.
record LogTransport(Log log) implements Transport {
    @Override
    public String name() {
        return log.transport().name();
    }

    @Override
    public List<Published> send(List<DomainEvent> events) {
        return log.transport().send(events);
    }

    @Override
    public Subscription subscribe(GroupMembership membership, Runnable signal) {
        return log.transport().subscribe(membership, signal);
    }

    @Override
    public Partition partitionOf(String domain, String subject) {
        return log.transport().partitionOf(domain, subject);
    }

    @Override
    public boolean filtersDuplicates() {
        return log.transport().filtersDuplicates();
    }

    @Override
    public TransportHealth health() {
        return log.transport().health();
    }

    @Override
    public void close() {
        log.close();
    }
}
