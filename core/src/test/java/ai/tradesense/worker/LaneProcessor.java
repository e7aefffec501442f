package ai.tradesense.worker;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.Receipt;
import java.net.URI;
import java.time.Instant;
import java.util.List;

/// What tests of lanes have their tasks brought to, and such tasks.
abstract class LaneProcessor implements TaskProcessor {
    private record Place(int number) implements Receipt {}

    /// The task of an event whose id is its subject and number.
    static Task.Live live(String subject, int number) {
        DomainEvent event = DomainEvent.builder(EventType.parse("Trading.Order.Placed.v1"))
                .id(subject + number)
                .source(URI.create("/tests"))
                .subject(subject)
                .time(Instant.EPOCH)
                .build();
        return new Task.Live(Delivery.of(new Place(number), event), event, false);
    }

    /// Waits for a thread of a model.
    static void join(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException interrupted) {
            throw new AssertionError(interrupted);
        }
    }

    @Override
    public void settle(List<Delivery> done) {}

    @Override
    public void letGo(int deliveries) {}

    @Override
    public void notAttempted() {}

    @Override
    public void flush(LatencyHistogram latencies) {}

    @Override
    public long nanoTime() {
        return 1;
    }
}
