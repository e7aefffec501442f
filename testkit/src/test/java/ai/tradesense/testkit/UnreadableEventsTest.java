package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.codec.CloudEventJson;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.InvalidEventException;
import ai.tradesense.events.Payload;
import ai.tradesense.parking.Failure;
import ai.tradesense.parking.Followers;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.Progress;
import ai.tradesense.parking.Progress.State;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.Worker;
import ai.tradesense.worker.WorkerStatus.BreakerState;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What cannot be read is kept with its bytes and holds nothing up.
final class UnreadableEventsTest {
    private static DomainEvent order(String id, String json) {
        return DomainEvent.builder(EventType.of(OrderPlaced.class))
                .id(id)
                .source(URI.create("/tests"))
                .subject("acc")
                .time(VirtualClock.START)
                .data(Payload.json(json.getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    @Test
    void data_that_does_not_fit_its_record_is_quarantined_with_its_bytes_and_followers_go_on() {
        List<Integer> handled = new ArrayList<>();
        try (TestPlatform platform = TestPlatform.inMemory()) {
            platform.register(Worker.named("margin")
                    .on(OrderPlaced.class, (order, context) -> handled.add(order.number()))
                    .build());
            DomainEvent unreadable = order("two", "{\"account\":\"acc\",\"number\":\"many\"}");
            platform.publish(order("one", "{\"account\":\"acc\",\"number\":1}"));
            platform.publish(unreadable);
            platform.publish(order("three", "{\"account\":\"acc\",\"number\":3}"));

            platform.settle();

            assertThat(handled).containsExactly(1, 3);
            ParkedEvent dead = platform.deadLetters().getFirst();
            assertThat(dead.state()).isEqualTo(State.QUARANTINED);
            assertThat(dead.id()).isEqualTo("two");
            assertThat(dead.attempts()).isOne();
            assertThat(dead.contentType()).isEqualTo(CloudEventJson.MEDIA_TYPE);
            assertThat(dead.raw()).isEqualTo(CloudEventJson.write(unreadable.envelope()));
            assertThat(dead.failures().getFirst().message()).contains("/data/number");
            assertThat(platform.worker("margin").lag()).isZero();
        }
    }

    @Test
    void something_that_is_no_event_is_quarantined_once_and_others_flow() {
        ScriptedTransport transport = new ScriptedTransport();
        RecordingWorker worker = new RecordingWorker("margin");
        try (TestPlatform platform = TestPlatform.with(settings -> settings.transport(transport))) {
            platform.register(worker);
            transport.assign(ScriptedTransport.ONE);
            transport.deliver(OrderPlaced.event("acc", 1));
            transport.deliverBytes(100, "no event at all");
            transport.deliver(OrderPlaced.event("acc", 2));
            transport.deliverBytes(101, "nor this");

            platform.settle();

            assertThat(worker.processed()).containsExactly("acc#1", "acc#2");
            assertThat(transport.settled()).containsExactlyInAnyOrder("acc#1", "acc#2", "scripted:100", "scripted:101");
            ParkedEvent first = platform.deadLetters().getLast();
            assertThat(first.state()).isEqualTo(State.QUARANTINED);
            assertThat(first.event()).isNull();
            assertThat(first.raw()).asString(StandardCharsets.UTF_8).isEqualTo("no event at all");
            assertThat(first.contentType()).isEqualTo("application/x-broken");
            assertThat(first.id()).startsWith("scripted:100#");
            assertThat(first.attempts()).isZero();
            assertThat(first.failures()).extracting(Failure::message).containsExactly("no event");
            assertThat(platform.worker("margin").inFlight()).isZero();

            transport.deliverBytes(100, "no event at all"); // its settlement was lost
            platform.settle();
            assertThat(platform.deadLetters()).hasSize(2);
            assertThat(transport.settled()).hasSize(5);

            transport.deliverBytes(100, "something else"); // of a topic that was made anew
            platform.settle();
            assertThat(platform.deadLetters())
                    .extracting(ParkedEvent::id)
                    .hasSize(3)
                    .doesNotHaveDuplicates();
        }
    }

    @ParameterizedTest
    @EnumSource(Followers.class)
    void an_event_that_is_poison_only_when_it_is_retried_is_quarantined_with_its_bytes(Followers followers) {
        MemoryTransport transport = new MemoryTransport();
        MemoryParkingStore parking = new MemoryParkingStore();
        DomainEvent first = order("one", "{\"account\":\"acc\",\"number\":\"many\"}");
        RecordingWorker unread = new RecordingWorker("margin", (event, context) -> {
            throw new IllegalStateException("not yet");
        });
        try (TestPlatform old =
                TestPlatform.with(settings -> settings.transport(transport).parking(parking))) {
            old.register(unread);
            old.publish(first);
            old.publish(order("two", "{\"account\":\"acc\",\"number\":2}"));
            old.settle();
        }

        List<Integer> handled = new ArrayList<>();
        EventWorker reading = Worker.named("margin")
                .on(OrderPlaced.class, (order, context) -> handled.add(order.number()))
                .followersOfDeadLetters(followers)
                .build();
        try (TestPlatform platform =
                TestPlatform.with(settings -> settings.transport(transport).parking(parking))) {
            platform.register(reading);
            platform.advance(Duration.ofMinutes(1));

            ParkedEvent dead = platform.deadLetters().getFirst();
            assertThat(platform.deadLetters()).hasSize(1);
            assertThat(dead.state()).isEqualTo(State.QUARANTINED);
            assertThat(dead.id()).isEqualTo("one");
            assertThat(dead.attempts()).isEqualTo(2);
            assertThat(dead.contentType()).isEqualTo(CloudEventJson.MEDIA_TYPE);
            assertThat(dead.raw()).isEqualTo(CloudEventJson.write(first.envelope()));
            assertThat(dead.failures())
                    .extracting(Failure::exception)
                    .containsExactly(IllegalStateException.class.getName(), InvalidEventException.class.getName());
            boolean held = followers == Followers.HOLD;
            assertThat(handled).isEqualTo(held ? List.of() : List.of(2));
            assertThat(platform.worker("margin").parked()).isEqualTo(held ? 1 : 0);
            assertThat(platform.worker("margin").breaker()).isEqualTo(BreakerState.CLOSED);

            parking.apply(List.of(new ParkingChange.Discard(
                    dead.group(), dead.sequence(), platform.clock().instant())));
            platform.advance(Duration.ofSeconds(2));
            assertThat(handled).containsExactly(2);
        }
    }

    @Test
    void a_parked_event_that_cannot_be_read_any_more_is_quarantined_at_once_and_its_followers_go_on() {
        MemoryParkingStore parking = new MemoryParkingStore();
        ScriptedTransport transport = new ScriptedTransport();
        RecordingWorker worker = new RecordingWorker("margin");
        DomainEvent follower = OrderPlaced.event("acc", 2);
        parking.apply(List.of(
                new ParkingChange.Park(row("gone", null)), new ParkingChange.Park(row(follower.id(), follower))));
        try (TestPlatform platform =
                TestPlatform.with(settings -> settings.transport(transport).parking(parking))) {
            platform.register(worker);
            transport.assign(ScriptedTransport.ONE);

            platform.advance(Duration.ofMinutes(1));

            assertThat(worker.processed()).containsExactly("acc#2");
            ParkedEvent gone = platform.deadLetters().getFirst();
            assertThat(platform.deadLetters()).hasSize(1);
            assertThat(gone.id()).isEqualTo("gone");
            assertThat(gone.state()).isEqualTo(State.QUARANTINED);
            assertThat(gone.raw()).asString(StandardCharsets.UTF_8).isEqualTo("what is left");
            assertThat(gone.failures()).extracting(Failure::attempt).containsExactly(1);
        }
    }

    private static ParkedEvent row(String id, @Nullable DomainEvent event) {
        return new ParkedEvent(
                0,
                "margin_group",
                "margin",
                OrderPlaced.event("acc", 2).orderKey(),
                "/tests",
                id,
                event,
                event == null ? "what is left".getBytes(StandardCharsets.UTF_8) : null,
                event == null ? "application/x-broken" : null,
                Progress.FOLLOWER,
                VirtualClock.START,
                List.of());
    }
}
