package ai.tradesense.kafka;

import ai.tradesense.testkit.contract.InstancesContract;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Transport;
import java.time.Duration;

/// The production wiring three times, in processes of their own.
class ThreeInstancesTest extends InstancesContract {
    @Override
    protected Broker startBroker() {
        return KafkaBroker.started();
    }

    @Override
    protected Transport open(int port) {
        return KafkaTransport.open(KafkaSettings.of(KafkaBroker.at(port))
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(10)));
    }
}
