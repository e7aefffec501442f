package ai.tradesense.testkit;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.events.TypeFilter;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.parking.ParkingStore.DeadLetterQuery;
import ai.tradesense.parking.ParkingStore.WaitingSubject;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.worker.EventWorker;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// What has happened in an [EventScenario]. Every method asserts **all** of its kind: `published(a)` fails if `b` was
/// published too. Events of one subject are expected in their order; how subjects are mixed does not matter. What was
/// expected, what was found and what became of every event is in the message of the [AssertionError].
public final class Then {
    private static final int ALL = 1_000_000;
    private static final int SHOWN = 40;
    private static final int SHOWN_DATA = 300;

    private final List<EventWorker> workers;
    private final ScenarioTransport transport;
    private final ParkingStore parking;
    private final Set<String> byTest;
    private final int given;
    private final Instant now;
    private final Map<String, ParkedEvent> rows = new HashMap<>(); // by group and event

    Then(
            List<EventWorker> workers,
            ScenarioTransport transport,
            ParkingStore parking,
            Set<String> byTest,
            int given,
            Instant now) {
        this.workers = workers;
        this.transport = transport;
        this.parking = parking;
        this.byTest = byTest;
        this.given = given;
        this.now = now;
        waiting().forEach(this::index);
        deadLetters().forEach(this::index);
    }

    private void index(ParkedEvent row) {
        rows.put(row.group() + " " + row.source() + " " + row.id(), row);
    }

    /// The same for one worker alone; what it published is not told apart from what others did.
    ///
    /// @throws IllegalArgumentException if there is none of that name
    public Then of(String worker) {
        List<EventWorker> one = workers.stream()
                .filter(each -> each.workerName().equals(worker))
                .toList();
        if (one.isEmpty()) {
            throw new IllegalArgumentException("there is no worker '" + worker + "', only "
                    + workers.stream().map(EventWorker::workerName).toList());
        }
        return new Then(one, transport, parking, byTest, given, now);
    }

    /// Workers have published these events since what was given, and no other.
    public Then published(EventData... expected) {
        return require("workers have published", found(publishedEvents()), expected);
    }

    /// Workers have published nothing since what was given.
    public Then publishedNothing() {
        return published(new EventData[0]);
    }

    /// These of the events since what was given were processed by every worker that wants them, and no other.
    public Then processed(EventData... expected) {
        List<DomainEvent> processed =
                current().stream().filter(this::isProcessed).toList();
        return require("workers have processed", found(processed), expected);
    }

    /// No event since what was given was processed.
    public Then processedNothing() {
        return processed();
    }

    /// These events wait at some worker, for a retry or behind one, and no other.
    public Then parked(EventData... expected) {
        return require("there wait", foundRows(waiting()), expected);
    }

    /// No event waits.
    public Then parkedNothing() {
        return parked();
    }

    /// These events were given up by some worker, or could not be read, and no other.
    public Then deadLettered(EventData... expected) {
        return require("dead letters are", foundRows(deadLetters()), expected);
    }

    /// No event was given up.
    public Then deadLetteredNothing() {
        return deadLettered();
    }

    /// A read model is as the assertion wants it; what became of the events is added to what it says if it fails.
    public <M> Then readModel(M model, Consumer<? super M> assertion) {
        try {
            assertion.accept(model);
            return this;
        } catch (AssertionError failed) {
            throw new AssertionError(failed.getMessage() + "\n" + this, failed);
        }
    }

    /// What workers have published since what was given.
    public List<DomainEvent> publishedEvents() {
        return current().stream().filter(event -> !byTest.contains(event.id())).toList();
    }

    /// What was given up or could not be read, newest first.
    public List<ParkedEvent> deadLetters() {
        return parking.deadLetters(new DeadLetterQuery(null, null, null, null, ALL)).stream()
                .filter(row -> groups().contains(row.group()))
                .toList();
    }

    /// What waits, in order for each subject.
    public List<ParkedEvent> waiting() {
        List<ParkedEvent> rows = new ArrayList<>();
        for (String group : groups()) {
            for (WaitingSubject subject : parking.waiting(group)) {
                parking.head(group, subject.key(), ALL).stream()
                        .filter(row -> row.state() == State.WAITING)
                        .forEach(rows::add);
            }
        }
        return rows;
    }

    private List<String> groups() {
        return workers.stream().map(EventWorker::consumerGroup).toList();
    }

    /// What was sent since what was given.
    private List<DomainEvent> current() {
        List<DomainEvent> sent = transport.sent();
        return sent.subList(given, sent.size());
    }

    private boolean isProcessed(DomainEvent event) {
        List<EventWorker> wanting = wanting(event);
        return !wanting.isEmpty()
                && wanting.stream()
                        .allMatch(worker -> transport.isSettled(worker.consumerGroup(), event)
                                && row(worker.consumerGroup(), event) == null);
    }

    private List<EventWorker> wanting(DomainEvent event) {
        return workers.stream()
                .filter(worker -> TypeFilter.of(worker.subscribesTo()).matches(event.type()))
                .toList();
    }

    private @Nullable ParkedEvent row(String group, DomainEvent event) {
        return rows.get(group + " " + ScenarioTransport.identity(event));
    }

    private record Found(DomainEvent event) {
        boolean is(EventData expected) {
            return event.type().equals(EventType.of(expected.getClass()))
                    && event.subject().equals(expected.subject())
                    && event.dataAs(expected.getClass()).equals(expected);
        }
    }

    private static List<Found> found(List<DomainEvent> events) {
        return events.stream().map(Found::new).toList();
    }

    private static List<Found> foundRows(List<ParkedEvent> rows) {
        List<Found> found = new ArrayList<>();
        for (ParkedEvent row : rows) {
            DomainEvent event = row.event();
            if (event != null) {
                found.add(new Found(event));
            }
        }
        return found;
    }

    private Then require(String what, List<Found> found, EventData... expected) {
        if (!isSame(found, expected)) {
            throw new AssertionError("expected that " + what + "\n"
                    + lines(Arrays.stream(expected).map(Object::toString).toList())
                    + "but found\n"
                    + lines(found.stream().map(each -> text(each.event())).toList())
                    + this);
        }
        return this;
    }

    /// The same events, those of each subject in the same order.
    private static boolean isSame(List<Found> found, EventData... expected) {
        Map<String, List<Found>> bySubject = new HashMap<>();
        for (Found each : found) {
            bySubject
                    .computeIfAbsent(each.event().subject(), subject -> new ArrayList<>())
                    .add(each);
        }
        for (EventData each : expected) {
            List<Found> ofSubject = bySubject.getOrDefault(each.subject(), List.of());
            if (ofSubject.isEmpty() || !ofSubject.removeFirst().is(each)) {
                return false;
            }
        }
        return found.size() == expected.length;
    }

    private static String lines(List<String> each) {
        return each.isEmpty()
                ? "    nothing\n"
                : each.stream().map(line -> "    " + line + "\n").collect(Collectors.joining());
    }

    private static String text(DomainEvent event) {
        String data = event.data() instanceof Payload.Json json
                ? new String(json.utf8(), StandardCharsets.UTF_8)
                : event.data().toString();
        return event.type() + " of " + event.subject() + " "
                + (data.length() > SHOWN_DATA ? data.substring(0, SHOWN_DATA) + "…" : data);
    }

    /// What became of every event.
    @Override
    public String toString() {
        StringBuilder story = new StringBuilder("At " + now + ":\n");
        List<DomainEvent> sent = transport.sent();
        if (sent.size() > SHOWN) {
            story.append("    … ").append(sent.size() - SHOWN).append(" events before, and then\n");
        }
        for (DomainEvent event : sent.subList(Math.max(0, sent.size() - SHOWN), sent.size())) {
            story.append("    ").append(text(event)).append('\n');
            for (EventWorker worker : wanting(event)) {
                story.append("        ")
                        .append(worker.workerName())
                        .append(' ')
                        .append(fate(worker.consumerGroup(), event))
                        .append('\n');
            }
        }
        return story.toString();
    }

    private String fate(String group, DomainEvent event) {
        ParkedEvent row = row(group, event);
        if (row == null) {
            return transport.isSettled(group, event) ? "has processed it" : "has not come to it";
        }
        String failures =
                row.failures().isEmpty() ? "" : ": " + text(row.failures().getLast());
        return switch (row.state()) {
            case WAITING -> row.dueAt() == null ? "has it wait behind another" : "tries again" + due(row) + failures;
            case DEAD -> "gave up after " + row.attempts() + " attempts" + failures;
            case QUARANTINED -> "could not read it" + failures;
        };
    }

    private String due(ParkedEvent row) {
        return " in " + Duration.between(now, row.dueAt());
    }

    private static String text(Failure failure) {
        return failure.exception() + ": " + failure.message();
    }
}
