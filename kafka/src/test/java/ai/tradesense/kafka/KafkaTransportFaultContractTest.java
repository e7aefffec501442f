package ai.tradesense.kafka;

import ai.tradesense.testkit.contract.FaultTrait;
import ai.tradesense.testkit.contract.TransportFaultContract;
import ai.tradesense.testkit.services.BrokenInTurn;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.FaultyProxy;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Transport;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// Clients ask a broker where it is and go there, so it tells them where the proxies of all tests are. Those who come
/// without one use its second port.
class KafkaTransportFaultContractTest extends TransportFaultContract {
    private static KafkaBroker kafka;
    private static int proxyPort;

    private final String prefix = "faults-" + UUID.randomUUID();

    @BeforeAll
    static void startBrokerOfAll() {
        kafka = KafkaBroker.prepared(Map.of());
        proxyPort = portThatStaysFree();
        kafka.advertise(proxyPort);
        kafka.start();
    }

    /// Below those that the system gives to whoever connects, or it might be somebody's between two tests.
    private static int portThatStaysFree() {
        for (int port = (int) (20_000 + ProcessHandle.current().pid() % 10_000); ; port++) {
            try (FaultyProxy free = new FaultyProxy(port, kafka.port())) {
                return free.port();
            } catch (UncheckedIOException taken) {
                if (port > 32_000) {
                    throw taken;
                }
            }
        }
    }

    @AfterAll
    static void closeBrokerOfAll() {
        kafka.close();
    }

    /// One that has just been started, or started again, may not be able to answer within a second yet.
    @Override
    protected Broker startBroker() {
        KafkaTransport.open(settings(kafka.directPort()).withTimeout(Duration.ofSeconds(30)))
                .close();
        return new BrokenInTurn(kafka, kafka.directPort());
    }

    @Override
    protected FaultyProxy proxyBefore(Broker started) {
        return new FaultyProxy(proxyPort, kafka.port());
    }

    @Override
    protected Transport open(int port) {
        return KafkaTransport.open(settings(port));
    }

    private KafkaSettings settings(int port) {
        return KafkaSettings.of(KafkaBroker.at(port))
                .withPrefix(prefix)
                .withPartitions(3)
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(1));
    }

    @Override
    protected Set<FaultTrait> traits() {
        return EnumSet.allOf(FaultTrait.class);
    }
}
