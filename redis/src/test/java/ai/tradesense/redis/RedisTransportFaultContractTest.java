package ai.tradesense.redis;

import ai.tradesense.testkit.contract.FaultTrait;
import ai.tradesense.testkit.contract.TransportFaultContract;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;

class RedisTransportFaultContractTest extends TransportFaultContract {
    @Override
    protected Broker startBroker() {
        return RedisServer.start(RedisServer.Fsync.ALWAYS);
    }

    @Override
    protected Transport open(int port) {
        return RedisTransport.open(RedisSettings.of(RedisServer.urlAt(port))
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(1)));
    }

    @Override
    protected Set<FaultTrait> traits() {
        return EnumSet.of(FaultTrait.STORES_ONCE, FaultTrait.LEASES);
    }
}
