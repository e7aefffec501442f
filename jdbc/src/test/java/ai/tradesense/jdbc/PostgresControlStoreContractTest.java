package ai.tradesense.jdbc;

import ai.tradesense.control.ControlStore;
import ai.tradesense.testkit.contract.ControlStoreContract;
import ai.tradesense.testkit.services.PostgresServer;
import org.jspecify.annotations.Nullable;

final class PostgresControlStoreContractTest extends ControlStoreContract {
    private final String url = PostgresServer.sharedUrl();

    private @Nullable JdbcLog log;

    @Override
    protected ControlStore open() {
        log = JdbcLog.open(url);
        return log.control();
    }

    @Override
    protected void close(ControlStore opened) {
        log.close();
    }

    @Override
    protected boolean survivesRestart() {
        return true;
    }
}
