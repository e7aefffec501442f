package ai.tradesense.jdbc;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.Limits;
import ai.tradesense.testkit.contract.InstancesContract;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.PostgresServer;
import ai.tradesense.transport.Transport;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import java.time.Duration;
import java.time.InstantSource;

/// The production wiring three times, in processes of their own, with everything in PostgreSQL: what is parked, too.
class PostgresThreeInstancesTest extends InstancesContract {
    /// As many events of a partition are tried with care after a crash.
    private static final int MAX_IN_FLIGHT = 200;

    /// A server that has run for a while uses the files of its write-ahead log again. A new one fills each with zeros,
    /// for which all commits wait a tenth of a second, and whoever is struck just then has as much that is done and
    /// not committed.
    @Override
    protected Broker startBroker() {
        return PostgresServer.with("wal_init_zero=off");
    }

    private static JdbcLog log(int port) {
        return JdbcLog.open(
                PostgresServer.urlAt(port),
                new JdbcLog.Settings(InstantSource.system(), new CompositeMeterRegistry())
                        .withLease(Duration.ofSeconds(3))
                        .withTimeout(Duration.ofSeconds(5)));
    }

    @Override
    protected Transport open(int port) {
        return new LogTransport(log(port));
    }

    @Override
    protected TradeSense.Builder platform(int port) {
        return TradeSense.builder()
                .log(log(port))
                .limits(new Limits(
                        Limits.DEFAULT.maxPayloadBytes(),
                        Limits.DEFAULT.maxBatchEvents(),
                        MAX_IN_FLIGHT,
                        100,
                        Limits.DEFAULT.maxParked()));
    }

    @Override
    protected int eventsPerSecond() {
        return 1_000;
    }

    @Override
    protected Duration patience() {
        return Duration.ofMinutes(2);
    }
}
