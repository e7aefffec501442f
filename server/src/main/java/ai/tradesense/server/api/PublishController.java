package ai.tradesense.server.api;

import ai.tradesense.TradeSense;
import ai.tradesense.bus.PayloadTooLargeException;
import ai.tradesense.events.CloudEvent;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.events.UnknownEventTypeException;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.http.BoundedBody;
import ai.tradesense.server.http.Problem.Finding;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.PublishGate;
import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.transport.Published;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// Publishes events. All of a request is checked before any of it is published.
@RestController
final class PublishController {
    /// How many things that are wrong are listed.
    private static final int MAX_FINDINGS = 100;

    private static final Pattern DATA_POINTER = Pattern.compile("(/\\d+)?/data(/.*)?", Pattern.DOTALL);

    private final TradeSense tradesense;
    private final Settings settings;
    private final InstantSource clock;
    private final PublishGate gate;

    PublishController(TradeSense tradesense, Settings settings, InstantSource clock, PublishGate gate) {
        this.tradesense = tradesense;
        this.settings = settings;
        this.clock = clock;
        this.gate = gate;
    }

    /// What became of the events, in their order.
    record Receipts(List<Published> events) {}

    @PostMapping(path = "/api/v1/events", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    Receipts publish(HttpServletRequest request) throws IOException {
        QueryParameters.of(request);
        HttpBinding.Mode mode = HttpBinding.mode(request);
        try (PublishGate.Admission admission = gate.enter()) {
            byte[] body = mode == HttpBinding.Mode.BINARY
                    ? BoundedBody.read(
                            request,
                            settings.limits().maxPayloadBytes(),
                            "tradesense.limits.max-payload-bytes",
                            admission)
                    : BoundedBody.read(
                            request,
                            settings.httpLimits().maxRequestBytes(),
                            "tradesense.limits.max-request-bytes",
                            admission);
            boolean batch = mode == HttpBinding.Mode.BATCH;
            List<DomainEvent> events = domainEvents(decode(request, mode, body, batch), batch);
            try {
                return new Receipts(tradesense.publish(events));
            } catch (InvalidEventException | UnknownEventTypeException | PayloadTooLargeException refused) {
                throw everyRefusal(events, batch, refused);
            }
        }
    }

    private List<CloudEvent> decode(HttpServletRequest request, HttpBinding.Mode mode, byte[] body, boolean batch) {
        List<CloudEvent> envelopes;
        try {
            envelopes = HttpBinding.read(request, mode, body);
        } catch (InvalidEventException malformed) {
            throw problem(ProblemKind.MALFORMED_EVENT, List.of(finding("", malformed)));
        }
        if (envelopes.size() > settings.limits().maxBatchEvents()) {
            throw new ProblemException(
                    ProblemKind.TOO_LARGE,
                    "The batch has " + envelopes.size() + " events, at most "
                            + settings.limits().maxBatchEvents()
                            + " are allowed (tradesense.limits.max-batch-events).");
        }
        requireSizes(envelopes, batch);
        return envelopes;
    }

    private void requireSizes(List<CloudEvent> envelopes, boolean batch) {
        int allowed = settings.limits().maxPayloadBytes();
        List<Finding> tooLarge = new ArrayList<>();
        for (int i = 0; i < envelopes.size(); i++) {
            int bytes = bytes(envelopes.get(i).data());
            if (bytes > allowed) {
                tooLarge.add(Finding.at(
                        prefix(i, batch) + "/data",
                        "is " + bytes + " bytes long, at most " + allowed
                                + " are allowed (tradesense.limits.max-payload-bytes)"));
            }
        }
        if (!tooLarge.isEmpty()) {
            throw problem(ProblemKind.TOO_LARGE, tooLarge);
        }
    }

    /// How large the data of an event is, encoded.
    static int bytes(Payload data) {
        return switch (data) {
            case Payload.None none -> 0;
            case Payload.Json json -> json.utf8().length;
            case Payload.Value value -> value.utf8().length;
            case Payload.Text text -> text.text().getBytes(StandardCharsets.UTF_8).length;
            case Payload.Binary binary -> binary.bytes().length;
        };
    }

    private List<DomainEvent> domainEvents(List<CloudEvent> envelopes, boolean batch) {
        List<DomainEvent> events = new ArrayList<>(envelopes.size());
        List<Finding> malformed = new ArrayList<>();
        for (int i = 0; i < envelopes.size(); i++) {
            try {
                events.add(DomainEvent.of(stamped(envelopes.get(i))));
            } catch (InvalidEventException invalid) {
                malformed.add(finding(prefix(i, batch), invalid));
            }
        }
        if (!malformed.isEmpty()) {
            throw problem(ProblemKind.MALFORMED_EVENT, malformed);
        }
        return events;
    }

    /// An event that does not say when it happened happened now.
    private CloudEvent stamped(CloudEvent event) {
        return event.time() != null
                ? event
                : new CloudEvent(
                        event.id(),
                        event.source(),
                        event.type(),
                        event.subject(),
                        clock.instant(),
                        event.dataContentType(),
                        event.dataSchema(),
                        event.extensions(),
                        event.data());
    }

    /// The bus stops at the first event that it refuses; the caller wants to know of all.
    private ProblemException everyRefusal(List<DomainEvent> events, boolean batch, RuntimeException first) {
        ProblemKind kind = kind(first);
        List<Finding> findings = new ArrayList<>();
        for (int i = 0; i < events.size(); i++) {
            Finding finding = refusal(events.get(i), prefix(i, batch));
            if (finding != null) {
                findings.add(finding);
            }
        }
        if (findings.isEmpty()) {
            findings.add(finding("", first));
        }
        return problem(kind, findings);
    }

    private @Nullable Finding refusal(DomainEvent event, String prefix) {
        try {
            tradesense.check(List.of(event));
            return null;
        } catch (InvalidEventException | UnknownEventTypeException | PayloadTooLargeException refused) {
            return finding(prefix, refused);
        }
    }

    private static ProblemKind kind(RuntimeException refused) {
        return switch (refused) {
            case UnknownEventTypeException unknown -> ProblemKind.UNKNOWN_EVENT_TYPE;
            case PayloadTooLargeException tooLarge -> ProblemKind.TOO_LARGE;
            case InvalidEventException invalid
            when DATA_POINTER.matcher(invalid.pointer()).matches() -> ProblemKind.INVALID_DATA;
            default -> ProblemKind.MALFORMED_EVENT;
        };
    }

    private static Finding finding(String prefix, RuntimeException refused) {
        return switch (refused) {
            case InvalidEventException invalid -> Finding.at(prefix + invalid.pointer(), invalid.problem());
            case UnknownEventTypeException unknown -> Finding.at(prefix + "/type", withoutPointer(unknown));
            case PayloadTooLargeException tooLarge -> Finding.at(prefix + tooLarge.pointer(), withoutPointer(tooLarge));
            default -> Finding.at(prefix, withoutPointer(refused));
        };
    }

    /// These messages begin with the pointer, for logs.
    private static String withoutPointer(RuntimeException refused) {
        return String.valueOf(refused.getMessage()).replaceFirst("^[/\\w]+: ", "");
    }

    private static String prefix(int index, boolean batch) {
        return batch ? "/" + index : "";
    }

    private static ProblemException problem(ProblemKind kind, List<Finding> findings) {
        Finding first = findings.getFirst();
        String where = first.pointer() == null || first.pointer().isEmpty() ? "The event" : first.pointer();
        String more = findings.size() > 1 ? " (and " + (findings.size() - 1) + " more)" : "";
        return new ProblemException(
                kind,
                where + " " + first.detail() + more
                        + (more.isEmpty() && first.detail().endsWith("?") ? "" : ".") + " Nothing was stored.",
                findings.subList(0, Math.min(MAX_FINDINGS, findings.size())));
    }
}
