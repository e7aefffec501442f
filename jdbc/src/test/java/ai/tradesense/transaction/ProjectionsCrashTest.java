package ai.tradesense.transaction;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.Log;
import ai.tradesense.testkit.services.PostgresServer;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;
import javax.sql.DataSource;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A service that is killed while it appends events, applies them and rebuilds: in the end each is in the rows once.
class ProjectionsCrashTest {
    private static final int KILLS = 3;
    private static final int EVENTS_BEFORE_KILL = 1_000;
    private static final int REBUILT_PER_SECOND = 3_000;

    @TempDir
    Path folder;

    private static ConditionFactory soon(String what) {
        return Awaitility.await(what).atMost(Duration.ofMinutes(2)).pollInterval(Duration.ofMillis(20));
    }

    @ParameterizedTest
    @EnumSource(Database.class)
    void each_event_is_in_the_rows_once_although_the_service_is_killed_again_and_again(Database kind) throws Exception {
        String rows =
                kind == Database.SQLITE ? folder.resolve("application.db").toString() : PostgresServer.sharedUrl();
        String events =
                kind == Database.SQLITE ? "jdbc:sqlite:" + folder.resolve("log.db") : PostgresServer.sharedUrl();
        DataSource database = TestDatabases.pooled(database(rows));
        if (kind == Database.POSTGRESQL) {
            TestDatabases.execute(database, "CREATE SCHEMA " + rows.substring(rows.lastIndexOf('=') + 1));
        }

        for (int kill = 0; kill < KILLS; kill++) {
            Process service = start(rows, events);
            assertThat(service.getInputStream().read()).isPositive(); // it has begun
            long before = Totals.applied(database);
            soon("events").until(() -> Totals.applied(database) >= before + EVENTS_BEFORE_KILL);
            service.destroyForcibly().waitFor();
        }
        assertThat(Totals.live(database).number()).as("generations").isGreaterThan(KILLS);

        try (Log log = JdbcLog.open(events);
                Projector projector = Projector.start(new Totals(), log.events(), database)) {
            soon("rest").until(() -> {
                Projector.Status status = projector.status();
                return status.lag() == 0 && status.rebuild() == null;
            });
            long head = log.events().head();
            assertThat(head).isGreaterThanOrEqualTo(KILLS * EVENTS_BEFORE_KILL);
            assertThat(Totals.applied(database)).isEqualTo(head);
            assertThat(Totals.total(database)).isEqualTo(head * (head + 1) / 2);
        }
    }

    private static DataSource database(String url) {
        return url.startsWith("jdbc:postgresql:") ? TestDatabases.postgres(url) : TestDatabases.sqlite(Path.of(url));
    }

    private static Process start(String rows, String events) throws Exception {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-Xmx256m",
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Service.class.getName(),
                        rows,
                        events)
                .redirectError(Redirect.INHERIT)
                .start();
    }

    /// The service. The number of an event is its position.
    static final class Service {
        private Service() {}

        public static void main(String[] arguments) {
            EventStore events = JdbcLog.open(arguments[1]).events();
            Projector projector = Projector.start(new Totals(), events, database(arguments[0]));
            Thread.ofPlatform().start(() -> append(events));
            System.out.println("begun");
            while (true) { // until it is killed
                if (projector.status().rebuild() == null) {
                    projector.rebuild(REBUILT_PER_SECOND);
                }
                LockSupport.parkNanos(50_000_000);
            }
        }

        private static void append(EventStore events) {
            while (true) {
                int head = Math.toIntExact(events.head());
                events.append(IntStream.rangeClosed(head + 1, head + 10)
                        .mapToObj(number -> Totals.event("subject-" + number % 7, number))
                        .toList());
                LockSupport.parkNanos(15_000_000); // fewer than are rebuilt
            }
        }
    }
}
