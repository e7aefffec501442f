package ai.tradesense.server.api;

import ai.tradesense.TradeSense;
import ai.tradesense.retention.InvalidHoldException;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.Retention;
import ai.tradesense.retention.RetentionConflictException;
import ai.tradesense.server.api.RetentionViews.Hold;
import ai.tradesense.server.api.RetentionViews.Report;
import ai.tradesense.server.api.RetentionViews.Status;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.http.BoundedBody;
import ai.tradesense.server.http.Problem.Finding;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.PublishGate;
import ai.tradesense.server.http.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.concurrent.Semaphore;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// How long events are kept, what is kept longer, and what was removed.
@RestController
final class RetentionController {
    private static final int RECORDS = 20;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(10);

    private final TradeSense tradesense;
    private final Settings settings;
    private final PublishGate gate;
    private final Semaphore looking = new Semaphore(1);

    RetentionController(TradeSense tradesense, Settings settings, PublishGate gate) {
        this.tradesense = tradesense;
        this.settings = settings;
        this.gate = gate;
    }

    private Retention retention() {
        return tradesense
                .retention()
                .orElseThrow(() -> new ProblemException(
                        ProblemKind.NOT_SUPPORTED,
                        "Events are kept in memory only (tradesense.transport is memory): there is no log to remove any"
                                + " from."));
    }

    @GetMapping(path = "/api/v1/retention", produces = "application/json")
    Status status(HttpServletRequest request) {
        QueryParameters.of(request);
        return status();
    }

    private Status status() {
        Retention retention = retention();
        return Status.of(retention.status(), retention.records(RECORDS));
    }

    /// Looks at everything that is old enough, so one at a time does.
    @PostMapping(path = "/api/v1/retention/dry-run", produces = "application/json")
    Report dryRun() {
        Retention retention = retention();
        if (!looking.tryAcquire()) {
            throw ProblemException.retryLater(
                    ProblemKind.TOO_MANY_REQUESTS, "A dry run is under way already.", RETRY_AFTER);
        }
        try {
            return Report.of(retention.dryRun());
        } finally {
            looking.release();
        }
    }

    @PostMapping(path = "/api/v1/retention/run", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Status run(HttpServletRequest request) {
        QueryParameters.of(request);
        Retention retention = retention();
        if (retention.policy().keepsEverything()) {
            throw new ProblemException(
                    ProblemKind.NOT_SUPPORTED,
                    "The configuration keeps every event for ever: it says nothing under tradesense.retention.");
        }
        retention.runNow(Actor.of(request));
        return status();
    }

    /// Waits for a reader no more.
    @DeleteMapping(path = "/api/v1/retention/readers", produces = "application/json")
    Status forget(HttpServletRequest request) {
        Retention retention = retention();
        QueryParameters query = QueryParameters.of(request, "kind", "name");
        String kind = query.oneOf("kind", "group", "reader");
        String name = query.text("name");
        if (kind == null || name == null) {
            throw ProblemException.parameter(
                    kind == null ? "kind" : "name", "is missing; expected both, kind being group or reader");
        }
        try {
            retention.forget(ReaderPosition.Kind.valueOf(kind.toUpperCase(Locale.ROOT)), name, Actor.of(request));
            return status();
        } catch (NoSuchElementException none) {
            throw new ProblemException(ProblemKind.NOT_FOUND, "No " + kind + " '" + name + "' is waited for.");
        } catch (RetentionConflictException active) {
            throw new ProblemException(ProblemKind.CONFLICT, "Nothing was changed: " + active.getMessage() + ".");
        }
    }

    /// A list of holds.
    record Holds(List<Hold> holds) {}

    @GetMapping(path = "/api/v1/legal-holds", produces = "application/json")
    Holds holds(HttpServletRequest request) {
        boolean all = "all".equals(QueryParameters.of(request, "state").oneOf("state", "active", "all"));
        return new Holds(retention().holds().stream()
                .filter(hold -> all || hold.isActive())
                .map(Hold::of)
                .toList());
    }

    @PostMapping(path = "/api/v1/legal-holds", produces = "application/json")
    @ResponseStatus(HttpStatus.CREATED)
    Hold place(HttpServletRequest request) throws IOException {
        QueryParameters.of(request);
        Retention retention = retention();
        try (PublishGate.Admission admission = gate.enter()) {
            byte[] body = BoundedBody.read(
                    request, settings.httpLimits().maxRequestBytes(), "tradesense.limits.max-request-bytes", admission);
            HoldOrder order = HoldOrder.read(request, body);
            return Hold.of(retention.place(order.scope(), order.reason(), Actor.of(request)));
        } catch (InvalidHoldException invalid) {
            throw refused(invalid);
        }
    }

    @DeleteMapping(path = "/api/v1/legal-holds/{id}", produces = "application/json")
    Hold lift(@PathVariable String id, HttpServletRequest request) {
        Retention retention = retention();
        String reason = QueryParameters.of(request, "reason").text("reason");
        if (reason == null) {
            throw ProblemException.parameter("reason", "is missing; expected why the hold is lifted");
        }
        try {
            return Hold.of(retention.lift(number(id), reason, Actor.of(request)));
        } catch (InvalidHoldException invalid) {
            throw ProblemException.parameter("reason", invalid.problem());
        } catch (NoSuchElementException none) {
            throw new ProblemException(ProblemKind.NOT_FOUND, "No legal hold has the id '" + id + "'.");
        } catch (RetentionConflictException lifted) {
            throw new ProblemException(ProblemKind.CONFLICT, "Nothing was changed: " + lifted.getMessage() + ".");
        }
    }

    private static long number(String id) {
        try {
            return Long.parseLong(id);
        } catch (NumberFormatException none) {
            throw new NoSuchElementException("there is no hold " + id, none);
        }
    }

    private static ProblemException refused(InvalidHoldException invalid) {
        return new ProblemException(
                ProblemKind.INVALID_HOLD,
                (invalid.pointer().isEmpty() ? "The hold" : invalid.pointer()) + " " + invalid.problem()
                        + ". Nothing was changed.",
                List.of(Finding.at(invalid.pointer(), invalid.problem())));
    }
}
