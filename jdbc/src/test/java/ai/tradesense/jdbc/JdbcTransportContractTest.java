package ai.tradesense.jdbc;

import ai.tradesense.testkit.contract.TransportContract;
import ai.tradesense.testkit.contract.TransportTrait;
import ai.tradesense.transport.Transport;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

final class JdbcTransportContractTest extends TransportContract {
    @TempDir
    Path folder;

    private @Nullable JdbcLog log;

    @Override
    protected Transport open() {
        log = JdbcLog.open("jdbc:sqlite:" + folder.resolve("log.db"));
        return log.transport();
    }

    @Override
    protected void close(Transport opened) {
        log.close();
    }

    @Override
    protected Set<TransportTrait> traits() {
        return Set.of(TransportTrait.SURVIVES_RESTART, TransportTrait.ONE_PARTITION, TransportTrait.EXACT_LAG);
    }
}
