package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Events that follow each other in the log and became durable together.
final class Appended {
    private final long firstPosition;
    private final List<DomainEvent> events = new ArrayList<>();
    private final Map<OrderKey, Integer> byStream = new HashMap<>();
    private int counted; // how many of the events are counted by stream
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

    /// How many of them are of a stream. Nobody asks unless something is expected of one.
    int count(OrderKey stream) {
        for (; counted < events.size(); counted++) {
            byStream.merge(events.get(counted).orderKey(), 1, Integer::sum);
        }
        return byStream.getOrDefault(stream, 0);
    }

    /// How many bytes their records take.
    long bytes() {
        return bytes;
    }
}
