package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitStreamSettings.Addresses;
import ai.tradesense.testkit.contract.FaultTrait;
import ai.tradesense.testkit.contract.TransportFaultContract;
import ai.tradesense.testkit.services.BrokenInTurn;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.testkit.services.RabbitServer.VirtualHost;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class RabbitStreamTransportFaultContractTest extends TransportFaultContract {
    private static RabbitServer server;
    private final VirtualHost virtualHost = server.virtualHost();

    @BeforeAll
    static void startServer() {
        server = RabbitServer.with();
    }

    @AfterAll
    static void endServer() {
        server.close();
    }

    @Override
    protected Broker startBroker() {
        return new BrokenInTurn(server.streams());
    }

    @Override
    protected Transport open(int port) {
        return RabbitStreamTransport.open(
                RabbitStreamSettings.of(RabbitServer.streamUrlAt(port) + "/" + virtualHost.name())
                        .withPartitions(3)
                        .withLease(Duration.ofSeconds(3))
                        .withTimeout(Duration.ofSeconds(1))
                        .withAddresses(Addresses.CONFIGURED));
    }

    @Override
    protected Set<FaultTrait> traits() {
        return EnumSet.of(FaultTrait.STORES_ONCE, FaultTrait.LEASES, FaultTrait.ASKS_AGAIN);
    }
}
