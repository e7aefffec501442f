package ai.tradesense.jdbc;

import ai.tradesense.store.EventStore;
import ai.tradesense.testkit.contract.EventStoreContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

final class JdbcEventStoreContractTest extends EventStoreContract {
    @TempDir
    Path folder;

    private @Nullable JdbcLog log;

    @Override
    protected EventStore open() {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
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
