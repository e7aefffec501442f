package ai.tradesense.jdbc;

import ai.tradesense.store.SnapshotStore;
import ai.tradesense.testkit.contract.SnapshotStoreContract;
import ai.tradesense.testkit.services.PostgresServer;
import org.jspecify.annotations.Nullable;

final class PostgresSnapshotStoreContractTest extends SnapshotStoreContract {
    private final String url = PostgresServer.sharedUrl();

    private @Nullable JdbcLog log;

    @Override
    protected SnapshotStore open() {
        log = JdbcLog.open(url);
        return log.snapshots();
    }

    @Override
    protected void close(SnapshotStore opened) {
        log.close();
    }

    @Override
    protected boolean survivesRestart() {
        return true;
    }
}
