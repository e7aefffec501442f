package ai.tradesense.jdbc;

import ai.tradesense.testkit.contract.OperationStoreContract;
import ai.tradesense.testkit.services.PostgresServer;
import org.jspecify.annotations.Nullable;

final class PostgresOperationStoreContractTest extends OperationStoreContract {
    private final String url = PostgresServer.sharedUrl();

    private @Nullable JdbcLog log;

    @Override
    protected Opened open() {
        log = JdbcLog.open(url);
        return new Opened(log.parking(), log.operations());
    }

    @Override
    protected void close(Opened opened) {
        log.close();
    }

    @Override
    protected boolean survivesRestart() {
        return true;
    }
}
