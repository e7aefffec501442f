package ai.tradesense.testkit.contract;

import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.transport.Transport;
import java.util.Set;

final class MemoryTransportContractTest extends TransportContract {
    private static final int CAPACITY = 512;

    @Override
    protected Transport open() {
        return new MemoryTransport(CAPACITY);
    }

    @Override
    protected Set<TransportTrait> traits() {
        return Set.of(TransportTrait.ONE_PARTITION, TransportTrait.EXACT_LAG, TransportTrait.BOUNDED);
    }

    @Override
    protected int capacity() {
        return CAPACITY;
    }
}
