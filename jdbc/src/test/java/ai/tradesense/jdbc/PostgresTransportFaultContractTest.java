package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import ai.tradesense.testkit.contract.FaultTrait;
import ai.tradesense.testkit.contract.TransportFaultContract;
import ai.tradesense.testkit.services.BrokenInTurn;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Set;
import java.util.UUID;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

final class PostgresTransportFaultContractTest extends TransportFaultContract {
    private static PostgresServer server;

    private final String schema = "faults_" + UUID.randomUUID().toString().replace("-", "");

    @BeforeAll
    static void startServer() {
        server = PostgresServer.with();
    }

    @AfterAll
    static void endServer() {
        server.close();
    }

    @Override
    protected Broker startBroker() {
        return new BrokenInTurn(server);
    }

    @Override
    protected Transport open(int port) {
        JdbcLog.Settings settings = new JdbcLog.Settings(InstantSource.system(), new CompositeMeterRegistry())
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(1));
        try {
            return new LogTransport(JdbcLog.open(PostgresServer.urlAt(port) + "&currentSchema=" + schema, settings));
        } catch (StoreException failure) {
            throw PostgresTransport.problem(failure);
        }
    }

    @Override
    protected Set<FaultTrait> traits() {
        return EnumSet.of(FaultTrait.STORES_ONCE, FaultTrait.LEASES);
    }
}
