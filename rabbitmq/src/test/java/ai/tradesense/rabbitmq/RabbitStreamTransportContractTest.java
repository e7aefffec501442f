package ai.tradesense.rabbitmq;

import ai.tradesense.testkit.contract.TransportContract;
import ai.tradesense.testkit.contract.TransportTrait;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import ai.tradesense.transport.Transport;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AutoClose;

class RabbitStreamTransportContractTest extends TransportContract {
    @AutoClose
    private final VirtualHost virtualHost = RabbitServer.shared().virtualHost();

    @Override
    protected Transport open() {
        RabbitServer.shared().streams(); // waits until they are there
        return RabbitStreamTransport.open(
                RabbitStreamSettings.of(virtualHost.streamUrl()).withPartitions(3));
    }

    @Override
    protected Set<TransportTrait> traits() {
        return EnumSet.of(TransportTrait.SURVIVES_RESTART);
    }
}
