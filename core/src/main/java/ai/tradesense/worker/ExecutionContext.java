package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.transport.Published;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;

/// What a worker may know and do while it processes one event. Valid during that call only, in the thread of
/// the call.
public interface ExecutionContext {
    /// Which attempt this is, from 1.
    int attempt();

    /// Whether an operator replays the event, see [EventWorker#isReplayable]: the worker had it before, and side
    /// effects outside the platform may be unwelcome. What is published meanwhile has the ids that it had then, and
    /// what is stored already is not published again.
    boolean isReplay();

    /// Names the time for which the events of this one's subject come to this instance and to no other, in order
    /// and none left out. What a worker keeps in memory of a subject is complete for as long as the name is the
    /// same. When it is another one, other instances may have processed events meanwhile, and what is kept is to be
    /// made anew, from the event store for example.
    String session();

    /// The time of the platform's clock.
    Instant now();

    /// Publishes an event that this one caused: correlation and causation are set, and the id follows from this
    /// event, so that a second attempt publishes the same event and not another one. Blocks until it is
    /// durable, unless the worker is [transactional][EventWorker#isTransactional].
    ///
    /// @throws ai.tradesense.retry.PermanentException if the platform refuses the event for what it is
    Published publish(EventData data);

    /// Publishes several events that this one caused, in order and in one go, which is faster than one by one.
    List<Published> publish(List<? extends EventData> data);

    /// Publishes an event made with [#event].
    Published publish(DomainEvent event);

    /// Publishes several events made with [#event], in order and in one go.
    List<Published> publishAll(List<DomainEvent> events);

    /// Starts an event that this one caused, for setting more than its data: id, source, time, correlation and
    /// causation are set already.
    DomainEvent.Builder event(EventData data);

    /// Begins a series of events that this one caused, see [EventSeries]. The first series of one attempt has
    /// the same ids as the first of another, and so on.
    EventSeries series();

    /// A logger of the worker; ids of the event are in the MDC as `event.id`, `event.type`, `event.subject`.
    Logger logger();
}
