package ai.tradesense.jdbc;

import ai.tradesense.parking.ParkingStore;
import ai.tradesense.testkit.contract.ParkingStoreContract;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

final class JdbcParkingStoreContractTest extends ParkingStoreContract {
    @TempDir
    Path folder;

    private @Nullable JdbcLog log;

    @Override
    protected ParkingStore open() {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
        return log.parking();
    }

    @Override
    protected void close(ParkingStore opened) {
        log.close();
    }

    @Override
    protected boolean survivesRestart() {
        return true;
    }
}
