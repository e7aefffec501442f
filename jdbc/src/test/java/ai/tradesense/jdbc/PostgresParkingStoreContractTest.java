package ai.tradesense.jdbc;

import ai.tradesense.parking.ParkingStore;
import ai.tradesense.testkit.contract.ParkingStoreContract;
import ai.tradesense.testkit.services.PostgresServer;
import org.jspecify.annotations.Nullable;

final class PostgresParkingStoreContractTest extends ParkingStoreContract {
    private final String url = PostgresServer.sharedUrl();

    private @Nullable JdbcLog log;

    @Override
    protected ParkingStore open() {
        log = JdbcLog.open(url);
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
