package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import java.util.ArrayList;
import java.util.List;

/// Events that follow each other in the log and became durable together.
final class Appended {
    private final long firstPosition;
    private final List<DomainEvent> events = new ArrayList<>();
    private long bytes;

    Appended(long firstPosition) {
        this.firstPosition = firstPosition;
    }

    void add(DomainEvent event, int recordBytes) {
        events.add(event);
        bytes += recordBytes;
    }

    long firstPosition() {
        return firstPosition;
    }

    /// The position behind the last of them.
    long nextPosition() {
        return firstPosition + events.size();
    }

    List<DomainEvent> events() {
        return events;
    }

    /// How many bytes their records take.
    long bytes() {
        return bytes;
    }
}
