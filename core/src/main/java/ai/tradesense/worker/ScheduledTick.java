package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.events.Uuid7;
import java.net.URI;
import java.time.Instant;

/// A time at which a [ScheduledWorker] is to run: the data of the event [#TYPE], whose subject is the
/// worker's name.
///
/// @param scheduledAt the time that the schedule says
/// @param missed how many ticks before this one were missed and have no run of their own; at least as many,
///     if they are [ScheduledWorker#MAX_MISSED_TICKS]
public record ScheduledTick(Instant scheduledAt, long missed) {
    /// The type of a tick's event.
    public static final String TYPE = "Schedule.Ticked.v1";

    /// The source of every tick's event.
    public static final URI SOURCE = URI.create("/tradesense/schedules");

    private static final EventType EVENT_TYPE = EventType.parse(TYPE);

    /// The event of this tick, which is the same wherever it is made.
    DomainEvent event(String worker) {
        return DomainEvent.builder(EVENT_TYPE)
                .id(Uuid7.derived(scheduledAt, TYPE, worker))
                .source(SOURCE)
                .subject(worker)
                .time(scheduledAt)
                .data(Payload.value(this))
                .build();
    }
}
