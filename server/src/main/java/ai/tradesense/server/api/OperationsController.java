package ai.tradesense.server.api;

import ai.tradesense.operations.InvalidOperationException;
import ai.tradesense.operations.Operation;
import ai.tradesense.operations.Operations;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.http.BoundedBody;
import ai.tradesense.server.http.Problem.Finding;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.PublishGate;
import ai.tradesense.server.http.QueryParameters;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.util.List;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.InvalidMediaTypeException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// What operators do to many dead letters or stored events, and the log of it.
@RestController
final class OperationsController {
    private final Operations operations;
    private final OperationViews views;
    private final Settings settings;
    private final PublishGate gate;

    OperationsController(Operations operations, OperationViews views, Settings settings, PublishGate gate) {
        this.operations = operations;
        this.views = views;
        this.settings = settings;
        this.gate = gate;
    }

    /// A page of the log.
    ///
    /// @param next the `before` that asks for the next page; null if this one is the last
    record OperationPage(
            List<OperationViews.Entry> operations, @Nullable Long next) {}

    @PostMapping(path = "/api/v1/operations", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Object order(HttpServletRequest request) throws IOException {
        QueryParameters.of(request);
        requireJson(request);
        try (PublishGate.Admission admission = gate.enter()) {
            byte[] body = BoundedBody.read(
                    request, settings.httpLimits().maxRequestBytes(), "tradesense.limits.max-request-bytes", admission);
            OperationOrder order = OperationOrder.read(body, Actor.of(request));
            return order.isDryRun()
                    ? views.preview(operations.dryRun(order.request()))
                    : views.entry(operations.order(order.request()));
        } catch (InvalidOperationException invalid) {
            throw new ProblemException(
                    ProblemKind.INVALID_OPERATION,
                    (invalid.pointer().isEmpty() ? "The order" : invalid.pointer()) + " " + invalid.problem()
                            + ". Nothing was changed.",
                    List.of(Finding.at(invalid.pointer(), invalid.problem())));
        }
    }

    private static void requireJson(HttpServletRequest request) {
        String contentType = request.getContentType();
        try {
            if (contentType != null
                    && MediaType.parseMediaType(contentType).isCompatibleWith(MediaType.APPLICATION_JSON)) {
                return;
            }
        } catch (InvalidMediaTypeException malformed) {
            // said below
        }
        throw new ProblemException(
                ProblemKind.UNSUPPORTED_MEDIA_TYPE,
                "The content type is " + (contentType == null ? "missing" : contentType)
                        + "; expected application/json.");
    }

    @GetMapping(path = "/api/v1/operations", produces = "application/json")
    OperationPage log(HttpServletRequest request) {
        QueryParameters query = QueryParameters.of(request, "before", "limit");
        int limit = query.limit();
        List<Operation> found = operations.log(query.number("before", 1, Long.MAX_VALUE), limit + 1);
        List<Operation> shown = found.subList(0, Math.min(limit, found.size()));
        return new OperationPage(
                shown.stream().map(views::entry).toList(),
                found.size() > limit ? (Long) shown.getLast().number() : null);
    }

    @GetMapping(path = "/api/v1/operations/{id}", produces = "application/json")
    OperationViews.Details one(@PathVariable String id) {
        return operations.find(id).map(views::details).orElseThrow(() -> notFound(id));
    }

    @PostMapping(path = "/api/v1/operations/{id}/cancel", produces = "application/json")
    OperationViews.Entry cancel(@PathVariable String id, HttpServletRequest request) {
        QueryParameters.of(request);
        try {
            return views.entry(operations.cancel(id, Actor.of(request)));
        } catch (NoSuchElementException none) {
            throw notFound(id);
        }
    }

    private static ProblemException notFound(String id) {
        return new ProblemException(ProblemKind.NOT_FOUND, "No operation has the id '" + id + "'.");
    }
}
