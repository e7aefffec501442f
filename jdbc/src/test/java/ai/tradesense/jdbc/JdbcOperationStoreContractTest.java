package ai.tradesense.jdbc;

import ai.tradesense.testkit.contract.OperationStoreContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

final class JdbcOperationStoreContractTest extends OperationStoreContract {
    @TempDir
    Path folder;

    private @Nullable JdbcLog log;

    @Override
    protected Opened open() {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
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
