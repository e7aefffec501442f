package ai.tradesense.jdbc;

import ai.tradesense.store.SnapshotStore;
import ai.tradesense.testkit.contract.SnapshotStoreContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

final class JdbcSnapshotStoreContractTest extends SnapshotStoreContract {
    @TempDir
    Path folder;

    private @Nullable JdbcLog log;

    @Override
    protected SnapshotStore open() {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
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
