package ai.tradesense.testkit.contract;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.EventPage;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ProjectionOrder;
import ai.tradesense.store.ProjectionReport;
import ai.tradesense.store.ProjectionReports;
import ai.tradesense.store.StoredEvent;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.transport.Published;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Accepts everything and keeps nothing.
final class IdleEventStore implements EventStore {
    @Override
    public List<Published> append(List<DomainEvent> events) {
        return events.stream().map(event -> new Published(event.id(), false)).toList();
    }

    @Override
    public List<Published> appendStreams(List<StreamAppend> streams) {
        return append(StreamAppend.eventsOf(streams));
    }

    @Override
    public StreamSlice readStream(StreamQuery query) {
        return new StreamSlice(query.stream(), 0, List.of());
    }

    @Override
    public EventPage search(EventQuery query) {
        return new EventPage(List.of(), 0, true);
    }

    @Override
    public Optional<StoredEvent> find(String id) {
        return Optional.empty();
    }

    @Override
    public EventPage read(long afterPosition, EventQuery filter, int limit) {
        return new EventPage(List.of(), afterPosition, true);
    }

    @Override
    public long head() {
        return 0;
    }

    @Override
    public long count() {
        return 0;
    }

    @Override
    public void keepBehind(String reader, long position) {
        // It does nothing.
    }

    @Override
    public void release(String reader) {
        // It does nothing.
    }

    @Override
    public ProjectionReports projections() {
        return new ProjectionReports() {
            @Override
            public void report(ProjectionReport report, Instant forgetBefore) {
                // It does nothing.
            }

            @Override
            public List<ProjectionReport> all() {
                return List.of();
            }

            @Override
            public void forget(String name, String instance) {
                // It does nothing.
            }

            @Override
            public ProjectionOrder.Given order(String name, ProjectionOrder order, String by, Instant at) {
                return new ProjectionOrder.Given(0, name, order, by, at, ProjectionOrder.State.WAITING, null, "");
            }

            @Override
            public Optional<ProjectionOrder.Given> take(String name, String instance) {
                return Optional.empty();
            }

            @Override
            public void answer(long number, ProjectionOrder.State state, String outcome) {
                // It does nothing.
            }

            @Override
            public List<ProjectionOrder.Given> orders(String name) {
                return List.of();
            }
        };
    }

    @Override
    public AutoCloseable onAppend(Runnable signal) {
        return () -> {};
    }
}
