package ai.tradesense.redis;

import ai.tradesense.testkit.contract.TransportContract;
import ai.tradesense.testkit.contract.TransportTrait;
import ai.tradesense.testkit.services.RedisServer;
import ai.tradesense.transport.Transport;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;

class RedisTransportContractTest extends TransportContract {
    private final String prefix = "contract-" + UUID.randomUUID();

    @Override
    protected Transport open() {
        return RedisTransport.open(RedisSettings.of(RedisServer.sharedUrl()).withPrefix(prefix));
    }

    @Override
    protected Set<TransportTrait> traits() {
        return EnumSet.of(TransportTrait.SURVIVES_RESTART, TransportTrait.EXACT_LAG);
    }
}
