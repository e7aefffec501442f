package ai.tradesense.jdbc;

import ai.tradesense.store.ScheduleStore;
import ai.tradesense.testkit.contract.ScheduleStoreContract;
import ai.tradesense.testkit.services.PostgresServer;
import org.jspecify.annotations.Nullable;

final class PostgresScheduleStoreContractTest extends ScheduleStoreContract {
    private final String url = PostgresServer.sharedUrl();

    private @Nullable JdbcLog log;

    @Override
    protected ScheduleStore open() {
        log = JdbcLog.open(url);
        return log.schedules();
    }

    @Override
    protected void close(ScheduleStore opened) {
        log.close();
    }

    @Override
    protected boolean survivesRestart() {
        return true;
    }
}
