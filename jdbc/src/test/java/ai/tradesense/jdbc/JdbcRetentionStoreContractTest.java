package ai.tradesense.jdbc;

import ai.tradesense.store.Log;
import ai.tradesense.testkit.contract.RetentionStoreContract;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.io.TempDir;

final class JdbcRetentionStoreContractTest extends RetentionStoreContract {
    @TempDir
    Path folder;

    @Override
    protected Log open(InstantSource clock) {
        return JdbcLog.open(
                "jdbc:sqlite:" + folder.resolve("log.db"), new JdbcLog.Settings(clock, new CompositeMeterRegistry()));
    }

    @Override
    protected void close(Log opened) {
        opened.close();
    }
}
