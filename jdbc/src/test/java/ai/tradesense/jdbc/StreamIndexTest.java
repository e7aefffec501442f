package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.store.EventQuery.Order;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.ExpectedVersion;
import ai.tradesense.store.StoreException;
import ai.tradesense.store.StreamAppend;
import ai.tradesense.store.StreamQuery;
import ai.tradesense.store.StreamSlice;
import ai.tradesense.store.WrongExpectedVersionException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The index of streams over many runs, in memory, on its way into the database, there, and made from a log that
/// never had one.
class StreamIndexTest {
    private static final int RUN_EVENTS = 1_000;
    private static final int SUBJECTS = 300;

    @TempDir
    Path folder;

    private final List<DomainEvent> all = new ArrayList<>();
    private final Random random = new Random(1);
    private SqliteLog log;

    @BeforeEach
    void open() {
        log = new SqliteLog(url(), new JdbcLog.Settings(InstantSource.system(), new SimpleMeterRegistry()), RUN_EVENTS);
    }

    @AfterEach
    void close() {
        log.close();
    }

    private String url() {
        return "jdbc:sqlite:" + folder.resolve("log.db");
    }

    private EventStore store() {
        return log.events();
    }

    /// Appends events of subjects of which some have many and most have few.
    private void append(int count) {
        for (int left = count; left > 0; ) {
            List<DomainEvent> batch = new ArrayList<>();
            int size = Math.min(left, 1 + random.nextInt(60));
            for (int i = 0; i < size; i++) {
                int subject = (int) Math.abs(random.nextGaussian() * SUBJECTS / 4);
                batch.add(RandomEvents.plain("event-" + all.size(), "subject-" + subject));
                all.add(batch.getLast());
            }
            store().append(batch);
            left -= size;
        }
    }

    private void assertEveryStreamIsWhole() {
        String domain = all.getFirst().type().domain();
        for (int subject = 0; subject < SUBJECTS; subject++) {
            OrderKey stream = new OrderKey(domain, "subject-" + subject);
            List<DomainEvent> expected = all.stream()
                    .filter(event -> event.orderKey().equals(stream))
                    .toList();
            StreamSlice slice = store().readStream(StreamQuery.forwards(stream, 1));
            assertThat(slice.version()).as("%s", stream).isEqualTo(expected.size());
            assertThat(slice.events())
                    .extracting(each -> each.stored().event())
                    .as("%s", stream)
                    .isEqualTo(expected.subList(0, Math.min(1_000, expected.size())));
            List<StreamAppend> expectation =
                    List.of(new StreamAppend(stream, ExpectedVersion.exactly(expected.size()), List.of()));
            assertThat(store().appendStreams(expectation)).isEmpty();
        }
    }

    private int runs() {
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement();
                ResultSet row = statement.executeQuery("SELECT count(*) FROM stream_runs")) {
            row.next();
            return row.getInt(1);
        } catch (SQLException failure) {
            throw new IllegalStateException(failure);
        }
    }

    private void awaitRuns(int count) {
        await("runs").atMost(Duration.ofSeconds(60)).until(() -> runs() >= count);
    }

    @Test
    void streams_are_whole_while_the_log_grows_over_many_runs_and_after_a_restart() {
        append(500);
        assertEveryStreamIsWhole();
        for (int round = 0; round < 3; round++) {
            append(2_500);
            assertEveryStreamIsWhole();
        }
        awaitRuns(7);
        assertEveryStreamIsWhole();

        close();
        open();

        assertEveryStreamIsWhole();
        append(1_500);
        assertEveryStreamIsWhole();
    }

    @Test
    void a_log_that_nobody_asked_for_streams_has_no_index_until_somebody_does() {
        append(20_000);
        assertThat(runs()).isZero();

        assertEveryStreamIsWhole();

        assertThat(runs()).isGreaterThanOrEqualTo(19);
    }

    @Test
    void an_index_that_was_not_kept_for_a_while_catches_up() {
        append(3_000);
        assertEveryStreamIsWhole();
        awaitRuns(2);
        close();
        open();
        append(12_000);

        assertEveryStreamIsWhole();
    }

    @Test
    void a_run_that_did_not_come_to_its_end_is_made_anew() throws SQLException {
        append(12_000);
        assertEveryStreamIsWhole();
        awaitRuns(10);
        close();
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM stream_runs WHERE first_position > 3000");
        }
        open();

        assertEveryStreamIsWhole();
    }

    @Test
    void expectations_that_share_a_transaction_see_each_other() throws Exception {
        append(2_500);
        OrderKey stream = all.getFirst().orderKey();
        int threads = 8;
        int perThread = 100;
        int total = threads * perThread;
        List<Thread> appenders = new ArrayList<>();
        for (int thread = 0; thread < threads; thread++) {
            int number = thread;
            appenders.add(Thread.ofPlatform().start(() -> {
                for (int i = 0; i < perThread; i++) {
                    appendWhenever(stream, RandomEvents.plain("race-" + number + "-" + i, stream.subject()));
                }
            }));
        }
        for (Thread each : appenders) {
            each.join();
        }

        long before =
                all.stream().filter(event -> event.orderKey().equals(stream)).count();
        assertThat(store().readStream(StreamQuery.backwards(stream, 1)).version())
                .isEqualTo(before + total);
        assertThat(store().count()).isEqualTo(all.size() + total);
    }

    private void appendWhenever(OrderKey stream, DomainEvent event) {
        long version = store().readStream(StreamQuery.backwards(stream, 1)).version();
        boolean isDone = false;
        while (!isDone) {
            try {
                store().appendStreams(
                                List.of(new StreamAppend(stream, ExpectedVersion.exactly(version), List.of(event))));
                isDone = true;
            } catch (WrongExpectedVersionException conflict) {
                version = conflict.actual();
            }
        }
    }

    /// Appends events of one subject, each by itself and before a number of others.
    private List<DomainEvent> appendApart(String subject, int count, int others) {
        List<DomainEvent> events = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            events.add(RandomEvents.plain(subject + "-" + i, subject));
            store().append(List.of(events.getLast()));
            for (int other = 0; other < others; other++) {
                store().append(List.of(RandomEvents.plain("beside-" + subject + "-" + i + "-" + other, "beside")));
            }
        }
        return events;
    }

    @Test
    void any_part_of_a_stream_is_read_from_either_end_however_far_apart_its_events_stand() {
        for (int others = 0; others < 4; others++) {
            List<DomainEvent> events = appendApart("subject-" + others, 6, others);
            for (int from = 1; from <= 7; from++) {
                for (int limit = 1; limit <= 7; limit++) {
                    assertIsRead(events, from, limit);
                }
            }
        }
    }

    private void assertIsRead(List<DomainEvent> events, int from, int limit) {
        OrderKey stream = events.getFirst().orderKey();
        int start = Math.min(from - 1, events.size());
        int end = Math.min(from, events.size());
        assertThat(store().readStream(new StreamQuery(stream, from, Order.OLDEST_FIRST, limit))
                        .events())
                .extracting(each -> each.stored().event())
                .as("%s from %d, %d", stream, from, limit)
                .isEqualTo(events.subList(start, Math.min(events.size(), start + limit)));
        assertThat(store().readStream(new StreamQuery(stream, from, Order.NEWEST_FIRST, limit))
                        .events())
                .extracting(each -> each.stored().event())
                .as("%s back from %d, %d", stream, from, limit)
                .isEqualTo(events.subList(Math.max(0, end - limit), end).reversed());
    }

    @Test
    void a_stream_of_which_a_block_is_missing_is_not_given_with_a_hole() throws SQLException {
        OrderKey apart = appendApart("apart", 5, 4).getFirst().orderKey();
        OrderKey together = appendApart("together", 5, 0).getFirst().orderKey();
        assertThat(store().readStream(StreamQuery.forwards(apart, 1)).version()).isEqualTo(5);

        for (long missing : new long[] {21, 11, 1}) {
            assertIsRefused(apart, missing);
        }
        for (long missing : new long[] {30, 28, 26}) {
            assertIsRefused(together, missing);
        }
    }

    private void assertIsRefused(OrderKey stream, long missing) throws SQLException {
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            statement.execute("DELETE FROM blocks WHERE first_position = " + missing);
        }
        assertThatThrownBy(() -> store().readStream(StreamQuery.forwards(stream, 1)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining("the event at position " + missing + ": there is no block");
    }

    @Test
    void a_stream_with_an_event_that_cannot_be_decoded_is_not_given_with_a_hole() throws SQLException {
        append(10);
        OrderKey stream = all.getFirst().orderKey();
        close();
        try (Connection connection = DriverManager.getConnection(url());
                Statement statement = connection.createStatement()) {
            // the flags of the first event of each block
            statement.execute("UPDATE blocks SET records = substr(records, 1, 17) || x'ff' || substr(records, 19)");
        }
        open();

        assertThatThrownBy(() -> store().readStream(StreamQuery.forwards(stream, 1)))
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(stream.toString());
    }
}
