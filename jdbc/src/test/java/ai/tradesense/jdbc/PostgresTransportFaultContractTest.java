package ai.tradesense.jdbc;

import ai.tradesense.store.StoreException;
import ai.tradesense.testkit.contract.FaultTrait;
import ai.tradesense.testkit.contract.TransportFaultContract;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;
import java.util.EnumSet;
import java.util.Set;

final class PostgresTransportFaultContractTest extends TransportFaultContract {
    @Override
    protected Broker startBroker() {
        return PostgresServer.with();
    }

    @Override
    protected Transport open(int port) {
        JdbcLog.Settings settings = new JdbcLog.Settings(InstantSource.system(), new CompositeMeterRegistry())
                .withLease(Duration.ofSeconds(3))
                .withTimeout(Duration.ofSeconds(1));
        try {
            return new LogTransport(JdbcLog.open(PostgresServer.urlAt(port), settings));
        } catch (StoreException failure) {
            throw PostgresTransport.problem(failure);
        }
    }

    @Override
    protected Set<FaultTrait> traits() {
        return EnumSet.of(FaultTrait.STORES_ONCE, FaultTrait.LEASES);
    }
}
