package ai.tradesense.worker;

import ai.tradesense.bus.EventBus;
import ai.tradesense.bus.PayloadTooLargeException;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.UnknownEventTypeException;
import ai.tradesense.events.Uuid7;
import ai.tradesense.retry.PermanentException;
import ai.tradesense.transport.Published;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/// The context of one attempt.
final class EventContext implements ExecutionContext {
    private final WorkerSpec spec;
    private final DomainEvent cause;
    private final int attempt;
    private final Occasion occasion;
    private final EventBus bus;
    private final InstantSource clock;
    private final Supplier<@Nullable Session> session;
    private int caused;
    private boolean logs;

    /// Why the worker has the event.
    enum Occasion {
        DELIVERY,
        REPLAY
    }

    /// @param session in which the event is this instance's, as of the call; null if it is not any more
    EventContext(
            WorkerSpec spec,
            DomainEvent cause,
            int attempt,
            Occasion occasion,
            EventBus bus,
            InstantSource clock,
            Supplier<@Nullable Session> session) {
        this.spec = spec;
        this.cause = cause;
        this.attempt = attempt;
        this.occasion = occasion;
        this.bus = bus;
        this.clock = clock;
        this.session = session;
    }

    @Override
    public int attempt() {
        return attempt;
    }

    @Override
    public boolean isReplay() {
        return occasion == Occasion.REPLAY;
    }

    /// What is not this instance's any more is in a session that nothing else is in.
    @Override
    public String session() {
        Session current = session.get();
        return current != null ? current.name() : "over at " + cause.source() + " " + cause.id();
    }

    @Override
    public Instant now() {
        return clock.instant();
    }

    @Override
    public Published publish(EventData data) {
        return publish(List.of(data)).getFirst();
    }

    @Override
    public List<Published> publish(List<? extends EventData> data) {
        return publishChecked(
                () -> data.stream().map(each -> event(each).build()).toList());
    }

    @Override
    public Published publish(DomainEvent event) {
        return publishAll(List.of(event)).getFirst();
    }

    @Override
    public List<Published> publishAll(List<DomainEvent> events) {
        return publishChecked(() -> events);
    }

    /// What is refused is the handler's fault and not that of the event it handles.
    private List<Published> publishChecked(Supplier<List<DomainEvent>> events) {
        try {
            return bus.publish(events.get());
        } catch (InvalidEventException | UnknownEventTypeException | PayloadTooLargeException refused) {
            throw new PermanentException("what the handler published is refused: " + refused.getMessage(), refused);
        }
    }

    /// The id follows from the group, the cause, the type and how many were caused before: the same in every
    /// attempt.
    @Override
    public DomainEvent.Builder event(EventData data) {
        return event(data, Integer.toString(caused++));
    }

    @Override
    public EventSeries series() {
        String series = caused++ + "/";
        return (number, data) -> event(data, series + number);
    }

    private DomainEvent.Builder event(EventData data, String number) {
        String correlationId = cause.correlationId();
        DomainEvent.Builder event = bus.event(data)
                .id(Uuid7.derived(
                        cause.time().isBefore(Instant.EPOCH) ? Instant.EPOCH : cause.time(),
                        spec.group(),
                        cause.source().toString(),
                        cause.id(),
                        EventType.of(data.getClass()).name(),
                        number))
                .correlationId(correlationId != null ? correlationId : cause.id())
                .causationId(cause.id());
        copy(event, DomainEvent.TRACE_PARENT);
        copy(event, DomainEvent.TRACE_STATE);
        return event;
    }

    private void copy(DomainEvent.Builder event, String extension) {
        Object value = cause.extension(extension);
        if (value != null) {
            event.extension(extension, value);
        }
    }

    @Override
    public Logger logger() {
        if (!logs) {
            logs = true;
            MDC.put("event.id", cause.id());
            MDC.put("event.type", cause.type().name());
            MDC.put("event.subject", cause.subject());
        }
        return LoggerFactory.getLogger("tradesense.worker." + spec.name());
    }

    void end() {
        if (logs) {
            MDC.remove("event.id");
            MDC.remove("event.type");
            MDC.remove("event.subject");
        }
    }
}
