package ai.tradesense.bench;

import ai.tradesense.catalog.trading.OrderPlaced;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.transport.MemoryTransport;
import com.lmax.disruptor.BlockingWaitStrategy;
import com.lmax.disruptor.RingBuffer;
import com.lmax.disruptor.dsl.Disruptor;
import com.lmax.disruptor.dsl.ProducerType;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Executors;
import org.jspecify.annotations.Nullable;

/// LMAX Disruptor: a ring and one consumer, nothing else. The raw client of the memory path.
final class DisruptorRing implements Contender {
    private final PreparedEvents prepared;

    DisruptorRing(PreparedEvents prepared) {
        this.prepared = prepared;
    }

    @Override
    public String name() {
        return "LMAX Disruptor";
    }

    @Override
    public SortedMap<String, String> settings() {
        return new TreeMap<>(java.util.Map.of(
                "ring", MemoryTransport.DEFAULT_CAPACITY + " events",
                "waits", "blocking",
                "consumers", "1",
                "publishes", "in batches, as ours"));
    }

    @Override
    public Session open(Load load, Observations observations) {
        List<DomainEvent> events = prepared.of(load);
        Disruptor<Slot> disruptor = new Disruptor<>(
                Slot::new,
                MemoryTransport.DEFAULT_CAPACITY,
                Executors.defaultThreadFactory(),
                load.publishers() == 1 ? ProducerType.SINGLE : ProducerType.MULTI,
                new BlockingWaitStrategy());
        disruptor.handleEventsWith(
                (slot, _, _) -> observations.handled(slot.take().dataAs(OrderPlaced.class)));
        RingBuffer<Slot> ring = disruptor.start();
        return new Session() {
            @Override
            public void publish(int from, int to) {
                int next = from;
                while (next < to) {
                    int count = Math.min(to - next, ring.getBufferSize());
                    long high = ring.next(count);
                    for (long sequence = high - count + 1; sequence <= high; sequence++) {
                        ring.get(sequence).event = events.get(next++);
                    }
                    ring.publish(high - count + 1, high);
                }
            }

            @Override
            public void close() {
                disruptor.halt();
            }
        };
    }

    /// One place of the ring.
    private static final class Slot {
        private @Nullable DomainEvent event;

        DomainEvent take() {
            DomainEvent taken = event;
            if (taken == null) {
                throw new IllegalStateException("an empty slot");
            }
            event = null;
            return taken;
        }
    }
}
