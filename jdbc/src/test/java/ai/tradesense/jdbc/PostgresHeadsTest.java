package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.events.OrderKey;
import ai.tradesense.store.StoreException;
import ai.tradesense.testkit.services.PostgresServer;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// How often the server is asked for what is due.
class PostgresHeadsTest {
    private final PostgresDatabase database = PostgresDatabase.open(PostgresServer.sharedUrl(), Duration.ofSeconds(30));
    private final AtomicInteger statements = new AtomicInteger();

    /// The database, whose statements are counted.
    private final class Counted implements ConnectionSource {
        @Override
        public String name() {
            return database.name();
        }

        @Override
        public Connection openReader() {
            return counted(Connection.class, database.openReader());
        }

        private <T> T counted(Class<T> type, T counted) {
            return type.cast(Proxy.newProxyInstance(
                    type.getClassLoader(), new Class<?>[] {type}, (_, method, arguments) -> {
                        if (method.getName().equals("executeQuery")) {
                            statements.incrementAndGet();
                        }
                        try {
                            Object result = method.invoke(counted, arguments);
                            return result instanceof PreparedStatement statement
                                    ? counted(PreparedStatement.class, statement)
                                    : result;
                        } catch (InvocationTargetException failure) {
                            throw failure.getCause();
                        }
                    }));
        }

        @Override
        public StoreException failure(String what, SQLException failure) {
            return database.failure(what, failure);
        }

        @Override
        public boolean isOfConnection(SQLException failure) {
            return database.isOfConnection(failure);
        }
    }

    @Test
    void the_first_events_of_a_thousand_queues_are_two_statements() {
        try (ReadConnections readers = new ReadConnections(new Counted(), Duration.ofSeconds(30))) {
            JdbcParkingStore parking = new JdbcParkingStore(
                    _ -> {
                        throw new AssertionError("nothing is written");
                    },
                    readers,
                    new PostgresTally(readers),
                    Dialect.POSTGRESQL);
            List<OrderKey> keys = IntStream.range(0, 1_000)
                    .mapToObj(number -> new OrderKey("Trading", "account-" + number))
                    .toList();
            assertThat(parking.heads("group", keys, 8)).isEmpty();
            assertThat(statements).hasValue(2);
        }
    }
}
