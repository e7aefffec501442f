package ai.tradesense.kafka;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.testkit.contract.Reader;
import ai.tradesense.testkit.services.KafkaBroker;
import ai.tradesense.transport.Partition;
import ai.tradesense.worker.EventWorker;
import ai.tradesense.worker.ExecutionContext;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.IntStream;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.MemberDescription;
import org.junit.jupiter.api.Test;

/// Members of a group that come, go and come again.
class MembersTest {
    private static final int PARTITIONS = 4;

    private final KafkaSettings settings = KafkaSettings.of(KafkaBroker.sharedServers())
            .withPrefix("members-" + UUID.randomUUID())
            .withPartitions(PARTITIONS)
            .withLease(Duration.ofSeconds(6));

    /// A process with a name.
    private final class Named implements AutoCloseable {
        private final KafkaTransport transport;
        private final Reader reader;

        private Named(String instance) {
            this.transport = KafkaTransport.open(settings.withInstance(instance));
            this.reader = new Reader(transport, "readers");
        }

        private int has() {
            return reader.assigned().size();
        }

        @Override
        public void close() {
            reader.close();
            transport.close();
        }
    }

    @Test
    void a_named_instance_that_is_started_again_within_its_lease_keeps_its_partitions_and_disturbs_nobody() {
        try (KafkaTransport publisher = KafkaTransport.open(settings);
                Named other = new Named("two")) {
            publisher.send(Reader.events("event", 1));
            Set<Partition> before;
            Set<Partition> ofOther;
            int lost;
            try (Named first = new Named("one")) {
                other.reader.until("a share each", () -> {
                    first.reader.until("a poll", () -> true);
                    return other.has() == PARTITIONS / 2 && first.has() == PARTITIONS / 2;
                });
                before = first.reader.assigned();
                ofOther = other.reader.assigned();
                lost = other.reader.losses();
            }
            try (Named again = new Named("one")) {
                again.reader.untilAssigned(PARTITIONS / 2);

                assertThat(again.reader.assigned()).isEqualTo(before);
                other.reader.until("a poll", () -> true);
                assertThat(other.reader.assigned()).isEqualTo(ofOther);
                assertThat(other.reader.losses()).as("given up since").isEqualTo(lost);
            }
        }
    }

    @Test
    void of_two_processes_with_the_same_name_the_older_goes_on_without_it() throws Exception {
        try (KafkaTransport publisher = KafkaTransport.open(settings);
                Named older = new Named("one")) {
            publisher.send(Reader.events("event", 1));
            older.reader.untilAssigned(PARTITIONS);
            try (Named newer = new Named("one")) {
                newer.reader.until("a share each", () -> {
                    older.reader.until("a poll", () -> true);
                    return older.has() == PARTITIONS / 2 && newer.has() == PARTITIONS / 2;
                });
                assertThat(names()).containsExactlyInAnyOrder(Optional.of("one"), Optional.empty());

                publisher.send(IntStream.range(0, 100)
                        .mapToObj(number -> Reader.event("next" + number, "account" + number))
                        .toList());
                Set<String> all = new LinkedHashSet<>();
                newer.reader.until("all events", () -> {
                    older.reader.until("a poll", () -> true);
                    all.addAll(newer.reader.ids());
                    all.addAll(older.reader.ids());
                    return all.size() == 101;
                });
            }
        }
    }

    private List<Optional<String>> names() throws Exception {
        try (Admin admin = Admin.create(Map.of("bootstrap.servers", settings.servers()))) {
            String group = settings.prefix() + ".readers";
            return admin.describeConsumerGroups(List.of(group)).all().get().get(group).members().stream()
                    .map(MemberDescription::groupInstanceId)
                    .toList();
        }
    }

    /// Notes what it processes.
    private record Recorder(List<DomainEvent> into) implements EventWorker {
        @Override
        public String workerName() {
            return "recorder";
        }

        @Override
        public Set<String> subscribesTo() {
            return Set.of("Trading.*");
        }

        @Override
        public void processEvent(DomainEvent event, ExecutionContext context) {
            into.add(event);
        }
    }

    @Test
    void members_that_come_and_go_all_the_time_lose_nothing_and_keep_the_order_of_subjects() {
        int rounds = 8;
        int perRound = 500;
        int subjects = 50;
        List<DomainEvent> processed = Collections.synchronizedList(new ArrayList<>());
        List<DomainEvent> sent = new ArrayList<>();
        try (KafkaTransport publisher = KafkaTransport.open(settings);
                TradeSense standing = instance(processed)) {
            for (int round = 0; round < rounds; round++) {
                try (TradeSense passing = instance(processed)) {
                    for (int number = 0; number < perRound; number++) {
                        int count = sent.size();
                        DomainEvent event = Reader.event("event" + count, "account" + count % subjects);
                        sent.add(event);
                        publisher.send(List.of(event));
                    }
                    assertThat(passing.workers().workers()).hasSize(1);
                }
            }
            Set<String> ids = Set.copyOf(sent.stream().map(DomainEvent::id).toList());
            await("all of them")
                    .atMost(Duration.ofSeconds(60))
                    .until(() -> idsOf(processed).containsAll(ids));
            assertThat(standing.workers().workers()).hasSize(1);
        }
        for (int subject = 0; subject < subjects; subject++) {
            String name = "account" + subject;
            assertThat(new LinkedHashSet<>(idsOf(of(name, processed))))
                    .as("first processing, in order")
                    .containsExactlyElementsOf(idsOf(of(name, sent)));
        }
    }

    private TradeSense instance(List<DomainEvent> processed) {
        TradeSense instance = TradeSense.builder()
                .transport(KafkaTransport.open(settings))
                .parking(new MemoryParkingStore())
                .build();
        instance.register(new Recorder(processed));
        return instance;
    }

    private static List<String> idsOf(List<DomainEvent> events) {
        return List.copyOf(events).stream().map(DomainEvent::id).toList();
    }

    private static List<DomainEvent> of(String subject, List<DomainEvent> events) {
        return events.stream().filter(event -> event.subject().equals(subject)).toList();
    }
}
