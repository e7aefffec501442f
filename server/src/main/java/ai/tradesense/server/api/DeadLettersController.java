package ai.tradesense.server.api;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.UnknownEventTypeException;
import ai.tradesense.operations.OperationRequest;
import ai.tradesense.operations.Operations;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.DeadLetterFilter.State;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterGroup;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.server.config.Settings;
import ai.tradesense.server.http.BoundedBody;
import ai.tradesense.server.http.Problem.Finding;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.PublishGate;
import ai.tradesense.server.http.QueryParameters;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

/// The events that were given up.
@RestController
final class DeadLettersController {
    private final ParkingStore parking;
    private final Operations operations;
    private final OperationViews views;
    private final Settings settings;
    private final PublishGate gate;

    DeadLettersController(
            ParkingStore parking, Operations operations, OperationViews views, Settings settings, PublishGate gate) {
        this.parking = parking;
        this.operations = operations;
        this.views = views;
        this.settings = settings;
        this.gate = gate;
    }

    /// A page of dead letters.
    ///
    /// @param next the `before` that asks for the next page; null if this one is the last
    record DeadLetterPage(
            List<DeadLetter> deadLetters, @Nullable Long next) {}

    /// A dead letter at a glance.
    ///
    /// @param id identifies it among the dead letters; ascending in the order of parking
    /// @param type the event's type; null where its bytes do not tell
    /// @param subject the event's subject; null where its bytes do not tell
    /// @param failedAt when it failed last
    /// @param discardedAt when an operator took it out; null if none has
    /// @param replayedBy the operation that replayed it; null if it was delivered
    /// @param holds whether later events of its subject wait behind it
    /// @param cause the fingerprint of what went wrong at last; empty if nothing is known
    /// @param lastFailure what went wrong at last; null if nothing is known
    record DeadLetter(
            long id,
            State state,
            String worker,
            String group,
            String eventId,
            String source,
            @Nullable String type,
            @Nullable String subject,
            int attempts,
            Instant parkedAt,
            Instant failedAt,
            @Nullable Instant discardedAt,
            @Nullable String replayedBy,
            boolean holds,
            String cause,
            @Nullable FailureEntry lastFailure) {

        static DeadLetter of(ParkedEvent parked) {
            DomainEvent event = parked.event();
            String subject = parked.key().subject();
            return new DeadLetter(
                    parked.sequence(),
                    Objects.requireNonNull(State.of(parked.progress())),
                    parked.worker(),
                    parked.group(),
                    parked.id(),
                    parked.source(),
                    event == null ? null : event.type().name(),
                    subject.isEmpty() ? null : subject,
                    parked.attempts(),
                    parked.parkedAt(),
                    parked.failedAt(),
                    parked.progress().discardedAt(),
                    parked.replayedBy(),
                    parked.progress().holds(),
                    parked.cause(),
                    parked.failures().isEmpty()
                            ? null
                            : FailureEntry.of(parked.failures().getLast()));
        }
    }

    /// A failure without its stack trace.
    record FailureEntry(int attempt, Instant at, String exception, String message) {
        static FailureEntry of(Failure failure) {
            return new FailureEntry(failure.attempt(), failure.at(), failure.exception(), failure.message());
        }
    }

    /// Everything that is known of a dead letter.
    ///
    /// @param failures what went wrong, oldest first
    /// @param event the event; null in quarantine
    /// @param rawBase64 the bytes as they arrived; null unless in quarantine
    /// @param contentType what they were said to be
    record DeadLetterDetails(
            @JsonUnwrapped DeadLetter letter,
            List<Failure> failures,
            @JsonRawValue @Nullable String event,
            @Nullable String rawBase64,
            @Nullable String contentType) {

        static DeadLetterDetails of(ParkedEvent parked) {
            DomainEvent event = parked.event();
            byte[] raw = parked.raw();
            return new DeadLetterDetails(
                    DeadLetter.of(parked),
                    parked.failures(),
                    event == null ? null : EventEntry.structured(event),
                    raw == null ? null : Base64.getEncoder().encodeToString(raw),
                    parked.contentType());
        }
    }

    record GroupList(List<Group> groups) {}

    /// Dead letters that have worker, type and cause in common.
    ///
    /// @param example the id of the one that came last
    /// @param failure what went wrong with that one at last; null if nothing is known
    record Group(
            String worker,
            @Nullable String type,
            String cause,
            long count,
            Instant firstAt,
            Instant lastAt,
            long example,
            @Nullable FailureEntry failure) {
        static Group of(DeadLetterGroup group) {
            Failure failure = group.failure();
            return new Group(
                    group.worker(),
                    group.type(),
                    group.cause(),
                    group.count(),
                    group.firstAt(),
                    group.lastAt(),
                    group.example(),
                    failure == null ? null : FailureEntry.of(failure));
        }
    }

    @GetMapping(path = "/api/v1/dead-letters", produces = "application/json")
    DeadLetterPage search(HttpServletRequest request) {
        QueryParameters query = QueryParameters.of(
                request, "worker", "type", "subject", "cause", "state", "from", "to", "text", "before", "limit");
        int limit = query.limit();
        Long before = query.number("before", 1, Long.MAX_VALUE);
        List<ParkedEvent> found = parking.deadLetters(new DeadLetterQuery(filter(query), before, limit + 1));
        List<ParkedEvent> shown = found.subList(0, Math.min(limit, found.size()));
        return new DeadLetterPage(
                shown.stream().map(DeadLetter::of).toList(),
                found.size() > limit ? (Long) shown.getLast().sequence() : null);
    }

    @GetMapping(path = "/api/v1/dead-letters/groups", produces = "application/json")
    GroupList groups(HttpServletRequest request) {
        QueryParameters query = QueryParameters.of(
                request, "worker", "type", "subject", "cause", "state", "from", "to", "text", "limit");
        return new GroupList(parking.groups(filter(query), query.limit()).stream()
                .map(Group::of)
                .toList());
    }

    private static DeadLetterFilter filter(QueryParameters query) {
        String state = query.oneOf("state", "dead", "quarantined", "discarded");
        return new DeadLetterFilter(
                query.text("worker"),
                query.types("type"),
                query.text("subject"),
                query.text("cause"),
                state == null ? null : State.valueOf(state.toUpperCase(Locale.ROOT)),
                query.time("from"),
                query.time("to"),
                query.text("text"));
    }

    /// Has a corrected event tried in the place of a dead one. The body is the event, in the structured mode.
    @PostMapping(path = "/api/v1/dead-letters/{id}/edit", produces = "application/json")
    @ResponseStatus(HttpStatus.ACCEPTED)
    OperationViews.Entry edit(@PathVariable String id, HttpServletRequest request) throws IOException {
        QueryParameters query = QueryParameters.of(request, "reason");
        String reason = query.text("reason");
        if (reason != null && reason.length() > OperationRequest.MAX_REASON) {
            throw ProblemException.parameter(
                    "reason",
                    "is " + reason.length() + " characters long, at most " + OperationRequest.MAX_REASON
                            + " are allowed");
        }
        if (HttpBinding.mode(request) != HttpBinding.Mode.STRUCTURED) {
            throw new ProblemException(
                    ProblemKind.UNSUPPORTED_MEDIA_TYPE,
                    "A correction is one event in the structured mode; expected " + CloudEventJson.MEDIA_TYPE + ".");
        }
        ParkedEvent letter = find(id).orElseThrow(() -> notFound(id));
        try (PublishGate.Admission admission = gate.enter()) {
            byte[] body = BoundedBody.read(
                    request, settings.httpLimits().maxRequestBytes(), "tradesense.limits.max-request-bytes", admission);
            return views.entry(operations.edit(
                    letter.sequence(), correction(body), Actor.of(request), reason == null ? "" : reason));
        } catch (InvalidEventException invalid) {
            ProblemKind kind =
                    invalid.pointer().startsWith("/data") ? ProblemKind.INVALID_DATA : ProblemKind.INVALID_CORRECTION;
            throw refused(kind, invalid);
        } catch (UnknownEventTypeException unknown) {
            throw new ProblemException(
                    ProblemKind.UNKNOWN_EVENT_TYPE,
                    unknown.getMessage() + ". Nothing was changed.",
                    List.of(Finding.at("/type", "is not a known event type")));
        } catch (NoSuchElementException goneMeanwhile) {
            throw notFound(id);
        }
    }

    private DomainEvent correction(byte[] body) {
        DomainEvent event;
        try {
            event = DomainEvent.of(CloudEventJson.read(body));
        } catch (InvalidEventException malformed) {
            throw refused(ProblemKind.MALFORMED_EVENT, malformed);
        }
        int bytes = PublishController.bytes(event.data());
        if (bytes > settings.limits().maxPayloadBytes()) {
            throw refused(
                    ProblemKind.TOO_LARGE,
                    new InvalidEventException(
                            "/data",
                            "is " + bytes + " bytes long, at most "
                                    + settings.limits().maxPayloadBytes()
                                    + " are allowed (tradesense.limits.max-payload-bytes)"));
        }
        return event;
    }

    private static ProblemException refused(ProblemKind kind, InvalidEventException problem) {
        return new ProblemException(
                kind,
                problem.getMessage() + ". Nothing was changed.",
                List.of(Finding.at(problem.pointer(), problem.problem())));
    }

    private static ProblemException notFound(String id) {
        return new ProblemException(ProblemKind.NOT_FOUND, "No dead letter has the id '" + id + "'.");
    }

    @GetMapping(path = "/api/v1/dead-letters/{id}", produces = "application/json")
    DeadLetterDetails one(@PathVariable String id) {
        return find(id).filter(parked -> State.of(parked.progress()) != null)
                .map(DeadLetterDetails::of)
                .orElseThrow(() -> notFound(id));
    }

    private Optional<ParkedEvent> find(String id) {
        try {
            return parking.find(Long.parseLong(id));
        } catch (NumberFormatException notAnId) {
            return Optional.empty();
        }
    }
}
