package ai.tradesense.desk;

import ai.tradesense.catalog.EventCatalog;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.store.EventStore;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A worker of the desk. It leaves alone what is none of the desk's business.
abstract class DeskWorker implements EventWorker {
    private static final EventCatalog CATALOG = EventCatalog.standard();

    private final String name;
    private final TypeFilter types;
    private final Surroundings surroundings;

    /// What the workers of one run share.
    ///
    /// @param run names the run
    /// @param log what happened before; null if nobody keeps it, and then there is one instance and one run
    /// @param maxBatch how many events may be published at once
    /// @param concurrency how many subjects each works on at the same time
    record Surroundings(String run, @Nullable EventStore log, Progress progress, int maxBatch, int concurrency) {}

    DeskWorker(String name, Surroundings surroundings, String... types) {
        this.name = name;
        this.types = TypeFilter.of(types);
        this.surroundings = surroundings;
    }

    /// Handles an event of a member, for the first time or again.
    abstract void handle(Member member, DomainEvent event, ExecutionContext context);

    @Override
    public final void processEvent(DomainEvent event, ExecutionContext context) {
        Member member = memberOf(event);
        if (member != null) {
            handle(member, event, context);
            surroundings.progress().changed();
        }
    }

    /// The member that an event is for; null if it is not of the desk, or of another run that has no log to tell
    /// what happened in it. With a log the events of every run are welcome: the instances of all share their work.
    private @Nullable Member memberOf(DomainEvent event) {
        Member member = Member.withId(event.subject());
        if (member == null || (surroundings.log() == null && !member.isOf(surroundings.run()))) {
            return null;
        }
        return isOfDesk(event, member) ? member : null;
    }

    /// Everything that the desk publishes, and what follows from it, is of a correlation that says so.
    static boolean isOfDesk(DomainEvent event, Member member) {
        String correlation = event.correlationId();
        return correlation != null && correlation.startsWith(member.accountId() + "-");
    }

    /// The data of an event as the record of its type.
    static EventData data(DomainEvent event) {
        Class<? extends EventData> dataClass = CATALOG.dataClass(event.type());
        if (dataClass == null) {
            throw new IllegalArgumentException(event.type() + " is not in the catalog");
        }
        return event.dataAs(dataClass);
    }

    /// Publishes what followed from an event, at the event's time and in one batch, which costs one write to the
    /// log.
    final void publish(List<EventData> answer, DomainEvent cause, ExecutionContext context) {
        List<DomainEvent> events = new ArrayList<>(answer.size());
        for (EventData data : answer) {
            events.add(context.event(data).time(cause.time()).build());
        }
        int maxBatch = surroundings.maxBatch();
        for (int from = 0; from < events.size(); from += maxBatch) {
            context.publishAll(events.subList(from, Math.min(events.size(), from + maxBatch)));
        }
    }

    final Surroundings surroundings() {
        return surroundings;
    }

    final TypeFilter types() {
        return types;
    }

    @Override
    public final String workerName() {
        return name;
    }

    @Override
    public final Set<String> subscribesTo() {
        return types.patterns();
    }

    /// The desk waits for its workers, so they do not give up: not on a transport that is away for long, either.
    @Override
    public int maxRetries() {
        return Integer.MAX_VALUE;
    }

    @Override
    public Duration retryDelay() {
        return Duration.ofMillis(100);
    }

    @Override
    public Duration maxRetryDelay() {
        return Duration.ofSeconds(10);
    }

    @Override
    public final int concurrency() {
        return surroundings.concurrency();
    }
}
