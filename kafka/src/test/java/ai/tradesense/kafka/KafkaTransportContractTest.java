package ai.tradesense.kafka;

import ai.tradesense.testkit.contract.TransportContract;
import ai.tradesense.testkit.contract.TransportTrait;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Transport;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;

class KafkaTransportContractTest extends TransportContract {
    private final String prefix = "contract-" + UUID.randomUUID();

    @Override
    protected Transport open() {
        return KafkaTransport.open(
                KafkaSettings.of(KafkaBroker.sharedServers()).withPrefix(prefix).withPartitions(3));
    }

    @Override
    protected Set<TransportTrait> traits() {
        return EnumSet.of(TransportTrait.SURVIVES_RESTART, TransportTrait.EXACT_LAG);
    }
}
