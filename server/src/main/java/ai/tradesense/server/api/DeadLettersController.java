package ai.tradesense.server.api;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkedEvent.State;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.server.http.ProblemException;
import ai.tradesense.server.http.ProblemKind;
import ai.tradesense.server.http.QueryParameters;
import ai.tradesense.store.EventQuery;
import com.fasterxml.jackson.annotation.JsonRawValue;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import jakarta.servlet.http.HttpServletRequest;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.RestController;

/// The events that were given up.
@RestController
final class DeadLettersController {
    private final ParkingStore parking;

    DeadLettersController(ParkingStore parking) {
        this.parking = parking;
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
            @Nullable FailureEntry lastFailure) {

        static DeadLetter of(ParkedEvent parked) {
            DomainEvent event = parked.event();
            String subject = parked.key().subject();
            return new DeadLetter(
                    parked.sequence(),
                    parked.state(),
                    parked.worker(),
                    parked.group(),
                    parked.id(),
                    parked.source(),
                    event == null ? null : event.type().name(),
                    subject.isEmpty() ? null : subject,
                    parked.attempts(),
                    parked.parkedAt(),
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

    @GetMapping(path = "/api/v1/dead-letters", produces = "application/json")
    DeadLetterPage search(HttpServletRequest request) {
        QueryParameters query = QueryParameters.of(request, "worker", "type", "subject", "before", "limit");
        Long asked = query.number("limit", 1, EventQuery.MAX_LIMIT);
        int limit = asked == null ? EventQuery.DEFAULT_LIMIT : asked.intValue();
        List<ParkedEvent> found = parking.deadLetters(new DeadLetterQuery(
                query.text("worker"),
                query.text("type"),
                query.text("subject"),
                query.number("before", 1, Long.MAX_VALUE),
                limit));
        return new DeadLetterPage(
                found.stream().map(DeadLetter::of).toList(),
                found.size() < limit ? null : (Long) found.getLast().sequence());
    }

    @GetMapping(path = "/api/v1/dead-letters/{id}", produces = "application/json")
    DeadLetterDetails one(@PathVariable String id) {
        return find(id).filter(parked -> parked.state() != State.WAITING)
                .map(DeadLetterDetails::of)
                .orElseThrow(
                        () -> new ProblemException(ProblemKind.NOT_FOUND, "No dead letter has the id '" + id + "'."));
    }

    private Optional<ParkedEvent> find(String id) {
        try {
            return parking.find(Long.parseLong(id));
        } catch (NumberFormatException notAnId) {
            return Optional.empty();
        }
    }
}
