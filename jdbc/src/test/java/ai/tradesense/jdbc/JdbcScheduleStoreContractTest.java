package ai.tradesense.jdbc;

import ai.tradesense.store.ScheduleStore;
import ai.tradesense.testkit.contract.ScheduleStoreContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

final class JdbcScheduleStoreContractTest extends ScheduleStoreContract {
    @TempDir
    Path folder;

    private @Nullable JdbcLog log;

    @Override
    protected ScheduleStore open() {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
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
