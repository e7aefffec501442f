package ai.tradesense.kafka;

import ai.tradesense.testkit.contract.FaultTrait;
import ai.tradesense.testkit.contract.TransportFaultContract;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Transport;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;

class KafkaTransportFaultContractTest extends TransportFaultContract {
    private final BehindProxy broker = new BehindProxy();

    @Override
    protected Broker startBroker() {
        return broker;
    }

    @Override
    protected Transport open(int port) {
        broker.startBehind(port);
        return KafkaTransport.open(KafkaSettings.of(KafkaBroker.at(port))
                .withPartitions(3)
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(1)));
    }

    @Override
    protected Set<FaultTrait> traits() {
        return EnumSet.allOf(FaultTrait.class);
    }

    /// Clients ask a broker where it is and go there, so it must know of the proxy before it starts: it starts when the
    /// first transport is opened, which is that behind the proxy. From then on its port is the one that clients use
    /// who come without a proxy.
    private static final class BehindProxy implements Broker {
        private final KafkaBroker kafka = KafkaBroker.prepared(Map.of());
        private boolean started;

        void startBehind(int proxyPort) {
            if (!started) {
                kafka.advertise(proxyPort);
                kafka.start();
                started = true;
            }
        }

        @Override
        public int port() {
            return started ? kafka.directPort() : kafka.port();
        }

        @Override
        public void start() {
            kafka.start();
        }

        @Override
        public void kill() {
            kafka.kill();
        }

        @Override
        public void freeze() {
            kafka.freeze();
        }

        @Override
        public void thaw() {
            kafka.thaw();
        }

        @Override
        public void close() {
            kafka.close();
        }
    }
}
