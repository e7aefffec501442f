package ai.tradesense.rabbitmq;

import ai.tradesense.testkit.contract.InstancesContract;
import ai.tradesense.testkit.services.BrokenInTurn;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.RabbitServer;
import ai.tradesense.transport.Transport;
import java.time.Duration;

/// The production wiring three times, in processes of their own.
class ThreeInstancesOnStreamsTest extends InstancesContract {
    private static final String VIRTUAL_HOST = "instances-on-streams"; // known to the processes, too

    @Override
    protected Broker startBroker() {
        RabbitServer.shared().virtualHost(VIRTUAL_HOST);
        return new BrokenInTurn(RabbitServer.shared().streams());
    }

    @Override
    protected Transport open(int port) {
        return RabbitStreamTransport.open(RabbitStreamSettings.of(RabbitServer.streamUrlAt(port) + "/" + VIRTUAL_HOST)
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(2)));
    }

    @Override
    protected int eventsPerSecond() {
        return 1_000;
    }
}
