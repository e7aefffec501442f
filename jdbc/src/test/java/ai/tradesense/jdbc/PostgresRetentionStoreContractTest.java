package ai.tradesense.jdbc;

import ai.tradesense.store.Log;
import ai.tradesense.testkit.contract.RetentionStoreContract;
import ai.tradesense.testkit.services.PostgresServer;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.InstantSource;

final class PostgresRetentionStoreContractTest extends RetentionStoreContract {
    private final String url = PostgresServer.sharedUrl();

    @Override
    protected Log open(InstantSource clock) {
        return JdbcLog.open(url, new JdbcLog.Settings(clock, new CompositeMeterRegistry()));
    }

    @Override
    protected void close(Log opened) {
        opened.close();
    }
}
