package ai.tradesense.server.api;

import ai.tradesense.jdbc.JdbcLog;
import ai.tradesense.jdbc.Verification;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.json.JsonMapper;

/// Checks the log, and copies it. Both read everything that is stored, so one of each runs at a time, and a web page
/// of another origin cannot begin one, as it could with a GET.
@RestController
final class StoreController {
    /// How many events lie between two lines of progress.
    private static final long PROGRESS_EVENTS = 100_000;

    private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

    private final KeptLog kept;
    private final Settings settings;
    private final JsonMapper mapper;
    private final Semaphore verifying = new Semaphore(1);
    private final Semaphore copying = new Semaphore(1);

    StoreController(KeptLog kept, Settings settings, JsonMapper mapper) {
        this.kept = kept;
        this.settings = settings;
        this.mapper = mapper;
    }

    /// How far a check has come.
    record Checked(long checked, long of) {}

    /// Runs on the virtual thread of the call, for as long as the caller reads.
    @PostMapping(path = "/api/v1/store/verify", produces = "application/x-ndjson")
    void verify(HttpServletResponse response) throws IOException {
        JdbcLog log = kept.required();
        acquire(verifying, "A check of the log");
        try {
            response.setContentType("application/x-ndjson");
            OutputStream output = response.getOutputStream();
            line(output, new Checked(0, log.events().head()));
            long[] due = {PROGRESS_EVENTS};
            Verification found = log.verify((checked, of) -> {
                if (checked >= due[0]) {
                    due[0] = checked + PROGRESS_EVENTS;
                    line(output, new Checked(checked, of));
                }
            });
            line(output, found);
        } catch (UncheckedIOException callerIsGone) {
            throw callerIsGone.getCause();
        } finally {
            verifying.release();
        }
    }

    private void line(OutputStream output, Object value) {
        try {
            output.write(mapper.writeValueAsBytes(value));
            output.write('\n');
            output.flush();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// The copy is made beside the data and removed when the caller has it.
    @PostMapping(path = "/api/v1/store/backup", produces = "application/vnd.sqlite3")
    void backUp(HttpServletResponse response) throws IOException {
        JdbcLog log = kept.required();
        if (settings.store().isShared()) {
            throw new ProblemException(
                    ProblemKind.NOT_SUPPORTED,
                    "The log is in PostgreSQL, which has a program of its own for that: pg_dump --schema=tradesense.");
        }
        acquire(copying, "A backup");
        Path copy = settings.dataDirectory().resolve("backup.part");
        try {
            Files.deleteIfExists(copy); // of a server that ended on the way
            log.backUp(copy.toAbsolutePath());
            response.setContentType("application/vnd.sqlite3");
            response.setContentLengthLong(Files.size(copy));
            Files.copy(copy, response.getOutputStream());
        } finally {
            Files.deleteIfExists(copy);
            copying.release();
        }
    }

    private static void acquire(Semaphore permit, String what) {
        if (!permit.tryAcquire()) {
            throw ProblemException.retryLater(
                    ProblemKind.TOO_MANY_REQUESTS, what + " is under way already.", RETRY_AFTER);
        }
    }
}
