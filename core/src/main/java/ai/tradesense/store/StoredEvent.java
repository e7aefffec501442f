package ai.tradesense.store;

import ai.tradesense.events.DomainEvent;
import java.time.Instant;

/// An event and where it stands.
///
/// @param position in the store's global order, from 1
/// @param recordedAt when the store took it
/// @param event the event
public record StoredEvent(long position, Instant recordedAt, DomainEvent event) implements EventPage.Entry {}
