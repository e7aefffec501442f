package ai.tradesense.jdbc;

import ai.tradesense.control.ControlStore;
import ai.tradesense.testkit.contract.ControlStoreContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

final class JdbcControlStoreContractTest extends ControlStoreContract {
    @TempDir
    Path folder;

    private @Nullable JdbcLog log;

    @Override
    protected ControlStore open() {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
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
