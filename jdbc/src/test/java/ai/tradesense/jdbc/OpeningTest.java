package ai.tradesense.jdbc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.tradesense.store.StoreException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What is refused, how that is said, and that the file is then as it was.
class OpeningTest {
    @TempDir
    Path folder;

    private Path file;

    @BeforeEach
    void nameFile() {
        file = folder.resolve("tradesense.db");
    }

    private JdbcLog open() {
        return JdbcLog.open("jdbc:sqlite:" + file);
    }

    /// Writes a log with some hundred kilobytes of events and closes it.
    private void fill() {
        try (JdbcLog log = open()) {
            log.events().append(new RandomEvents(1).plain(2_000));
        }
    }

    private void execute(String... statements) throws SQLException {
        try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
                Statement statement = connection.createStatement()) {
            for (String sql : statements) {
                statement.execute(sql);
            }
        }
    }

    private void assertRefused(String problem) throws IOException {
        byte[] before = Files.readAllBytes(file);
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining(problem);
        assertThat(Files.readAllBytes(file)).as("the file").isEqualTo(before);
    }

    @Test
    void a_file_that_is_not_there_is_made_with_its_folder() {
        file = folder.resolve("data").resolve("deep").resolve("tradesense.db");
        fill();
        try (JdbcLog log = open()) {
            assertThat(log.events().count()).isEqualTo(2_000);
        }
    }

    @Test
    void an_empty_file_becomes_a_log() throws IOException {
        Files.createFile(file);
        fill();
        assertThat(file).isNotEmptyFile();
    }

    @Test
    void a_closed_log_leaves_one_file_besides_its_lock() throws IOException {
        fill();
        try (Stream<Path> files = Files.list(folder)) {
            assertThat(files.map(each -> each.getFileName().toString()))
                    .containsExactlyInAnyOrder("tradesense.db", "tradesense.db.lock");
        }
    }

    @Test
    void a_text_file_is_no_database() throws IOException {
        Files.writeString(file, "Time,Open,High,Low,Close,Volume\n".repeat(1_000));
        assertRefused("is no SQLite database");
        Files.writeString(file, "x");
        assertRefused("is no SQLite database");
    }

    @Test
    void a_folder_is_no_file() {
        file = folder;
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.class)
                .hasMessage(folder + " is a folder, expected a file");
    }

    @Test
    void somebody_elses_database_is_left_alone() throws Exception {
        execute("CREATE TABLE customers (name TEXT)", "INSERT INTO customers VALUES ('Ada')");
        assertRefused("is a SQLite database of something else, not a TradeSense log");
    }

    @Test
    void a_newer_schema_is_refused() throws Exception {
        fill();
        execute("PRAGMA user_version = 99");
        assertRefused("was written by a newer version: its schema is 99, this version knows schemas up to "
                + Schema.version());
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5})
    void a_file_with_garbage_in_it_is_refused(long seed) throws IOException {
        fill();
        byte[] bytes = Files.readAllBytes(file);
        Random random = new Random(seed);
        byte[] garbage = new byte[20_000];
        random.nextBytes(garbage);
        System.arraycopy(garbage, 0, bytes, 4_096 + random.nextInt(20_000), garbage.length);
        Files.write(file, bytes);
        assertRefused("");
    }

    @Test
    void a_file_that_was_cut_off_is_refused() throws IOException {
        fill();
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length / 2));
        assertRefused("");
        Files.write(file, java.util.Arrays.copyOf(bytes, 100));
        assertRefused("");
    }

    @Test
    void a_log_is_opened_once_in_a_process() throws IOException {
        try (JdbcLog log = open()) {
            log.events().append(new RandomEvents(1).plain(10));
            assertThatThrownBy(this::open)
                    .isInstanceOf(StoreException.class)
                    .hasMessage(file + " is open in this process already");
            assertThat(log.events().append(new RandomEvents(2).plain(10))).hasSize(10);
        }
        try (JdbcLog again = open()) {
            assertThat(again.events().count()).isEqualTo(20);
        }
    }

    @Test
    void a_log_in_use_by_another_process_is_refused_and_free_when_that_ends() throws Exception {
        fill();
        try (ChildProcess holder = ChildProcess.start(HoldsLog.class, file.toString())) {
            assertThat(holder.nextLine()).isEqualTo("open");
            assertRefused("is in use by another process");
            holder.kill();
        }
        try (JdbcLog log = open()) {
            assertThat(log.events().count()).isEqualTo(2_000);
        }
    }

    /// Opens a log and keeps it.
    static final class HoldsLog {
        private HoldsLog() {}

        public static void main(String[] arguments) throws InterruptedException {
            try (JdbcLog log = JdbcLog.open("jdbc:sqlite:" + arguments[0])) {
                System.out.println(log.transport().health().available() ? "open" : "not open");
                Thread.currentThread().join();
            }
        }
    }

    @Test
    void a_folder_that_cannot_be_written_is_refused() {
        file = Path.of(
                "/proc/self/tradesense.db"); // not even by root; on systems without it, its folder cannot be made
        assertThatThrownBy(this::open)
                .isInstanceOf(StoreException.class)
                .hasMessageStartingWith(file + " cannot be opened: its folder cannot be written");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "jdbc:sqlite:",
                "jdbc:sqlite::memory:",
                "jdbc:sqlite:file:x.db",
                "jdbc:sqlite:x.db?mode=ro",
                "jdbc:h2:x",
                "x.db"
            })
    void a_url_of_something_else_is_refused(String url) {
        assertThatThrownBy(() -> JdbcLog.open(url))
                .isInstanceOf(StoreException.class)
                .hasMessage("'" + url + "' is no URL of a log; expected jdbc:sqlite:PATH");
    }

    @Test
    void a_path_may_have_blanks_and_other_letters() {
        file = folder.resolve("mein Ordner ü#%25").resolve("log 1.db");
        fill();
        assertThat(file).exists();
    }
}
