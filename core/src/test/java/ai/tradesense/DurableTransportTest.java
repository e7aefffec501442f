package ai.tradesense;

import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportHealth;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What is parked must live as long as the events that it is parked of.
class DurableTransportTest {
    /// Says that it keeps events, as a broker does.
    private static final class Durable implements Transport {
        private final MemoryTransport events = new MemoryTransport();

        @Override
        public String name() {
            return "durable";
        }

        @Override
        public List<Published> send(List<DomainEvent> batch) {
            return events.send(batch);
        }

        @Override
        public Subscription subscribe(GroupMembership membership, Runnable signal) {
            return events.subscribe(membership, signal);
        }

        @Override
        public Partition partitionOf(String domain, String subject) {
            return events.partitionOf(domain, subject);
        }

        @Override
        public TransportHealth health() {
            return events.health();
        }

        @Override
        public void close() {
            events.close();
        }
    }

    @Test
    void without_a_place_for_what_is_parked_no_platform_is_built_on_a_transport_that_outlives_it() {
        try (Durable durable = new Durable()) {
            assertThatIllegalStateException()
                    .isThrownBy(() -> TradeSense.builder().transport(durable).build())
                    .withMessageContainingAll("durable", ".parking(", ".log(");
            TradeSense.builder()
                    .transport(durable)
                    .parking(new MemoryParkingStore())
                    .build()
                    .close();
        }
        TradeSense.builder().transport(new MemoryTransport()).build().close();
    }
}
