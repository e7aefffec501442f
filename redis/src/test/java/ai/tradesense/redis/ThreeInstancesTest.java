package ai.tradesense.redis;

import ai.tradesense.testkit.contract.InstancesContract;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.transport.Transport;
import java.time.Duration;

/// The production wiring three times, in processes of their own.
class ThreeInstancesTest extends InstancesContract {
    @Override
    protected Broker startBroker() {
        return RedisServer.start(RedisServer.Fsync.EVERYSEC);
    }

    @Override
    protected Transport open(int port) {
        return RedisTransport.open(RedisSettings.of(RedisServer.urlAt(port))
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(2)));
    }
}
