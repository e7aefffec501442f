package ai.tradesense.jdbc;

import ai.tradesense.testkit.contract.TransportContract;
import ai.tradesense.testkit.contract.TransportTrait;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Transport;
import java.util.Set;
import org.jspecify.annotations.Nullable;

final class PostgresTransportContractTest extends TransportContract {
    private final String url = PostgresServer.sharedUrl();

    private @Nullable JdbcLog log;

    @Override
    protected Transport open() {
        log = JdbcLog.open(url);
        return log.transport();
    }

    @Override
    protected void close(Transport opened) {
        log.close();
    }

    @Override
    protected Set<TransportTrait> traits() {
        return Set.of(TransportTrait.SURVIVES_RESTART, TransportTrait.EXACT_LAG);
    }
}
