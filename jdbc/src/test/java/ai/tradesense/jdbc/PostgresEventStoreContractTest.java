package ai.tradesense.jdbc;

import ai.tradesense.store.EventStore;
import ai.tradesense.testkit.contract.EventStoreContract;
import ai.tradesense.testkit.services.PostgresServer;
import org.jspecify.annotations.Nullable;

final class PostgresEventStoreContractTest extends EventStoreContract {
    private final String url = PostgresServer.sharedUrl();

    private @Nullable JdbcLog log;

    @Override
    protected EventStore open() {
        log = JdbcLog.open(url);
        return log.events();
    }

    @Override
    protected void close(EventStore opened) {
        log.close();
    }

    @Override
    protected boolean survivesRestart() {
        return true;
    }
}
