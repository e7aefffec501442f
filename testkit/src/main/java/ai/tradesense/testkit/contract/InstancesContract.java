package ai.tradesense.testkit.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ai.tradesense.TradeSense;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventType;
import ai.tradesense.events.Payload;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.testkit.contract.InstanceProcess.Processed;
import ai.tradesense.testkit.services.Broker;
import ai.tradesense.testkit.services.Signals;
import ai.tradesense.transport.Transport;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.LongSummaryStatistics;
import java.util.Map;
import java.util.Set;
import java.util.StringJoiner;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// What a transport that several instances share must withstand: the production wiring three times, in processes of
/// their own, of which one is killed and one is frozen beyond its lease, while events flow. Extend it, say how the
/// broker is started and the transport opened, and run it. The class needs a constructor without parameters: the
/// processes make one of it, too.
@Timeout(value = 5, unit = TimeUnit.MINUTES)
public abstract class InstancesContract {
    private static final int SUBJECTS = 64;
    private static final int AT_ONCE = 16;
    private static final int LEAST_EVENTS = 40_000;
    private static final EventType TYPE = EventType.parse("Trading.Order.Placed.v1");

    @TempDir
    Path folder;

    private final List<InstanceProcess> instances = new ArrayList<>();
    private final AtomicIntegerArray sent = new AtomicIntegerArray(SUBJECTS); // how many of each subject
    private final AtomicBoolean publishing = new AtomicBoolean(true);

    /// Starts a broker of its own for the test.
    protected abstract Broker startBroker();

    /// Opens the transport on the broker that listens on a port of this machine, with leases of some seconds.
    protected abstract Transport open(int port);

    /// What an instance runs on; by default nothing but the transport.
    protected TradeSense.Builder platform(int port) {
        return TradeSense.builder().transport(open(port)).parking(new MemoryParkingStore());
    }

    /// How many events are published per second.
    protected int eventsPerSecond() {
        return 2_000;
    }

    /// How long anything may take until it shows.
    protected Duration patience() {
        return Duration.ofSeconds(90);
    }

    @Test
    void one_is_killed_and_one_frozen_beyond_its_lease_and_nothing_is_lost_and_each_subject_keeps_its_order()
            throws Exception {
        try (Broker broker = startBroker();
                Transport transport = open(broker.port())) {
            for (int number = 0; number < 3; number++) {
                instances.add(InstanceProcess.start(getClass(), broker.port(), number, folder));
            }
            Thread publisher = Thread.ofPlatform().daemon(true).start(() -> publish(transport));
            soon("work for each of them").until(this::allHaveWorked);

            awaitPace();
            instances.get(0).kill();
            awaitProgressOfAllSubjects();
            awaitPace();
            InstanceProcess frozen = instances.get(1);
            Signals.freeze(frozen.process());
            awaitProgressOfAllSubjects();
            Signals.thaw(frozen.process());
            int before = frozen.processed().size();
            soon("work for the one that was frozen")
                    .until(() -> frozen.processed().size() > before + SUBJECTS);

            soon("enough events").until(() -> sentInAll() >= LEAST_EVENTS);
            publishing.set(false);
            publisher.join();
            soon("everything").until(() -> distinct(all()).size() >= sentInAll());
            check();
        } finally {
            publishing.set(false);
            instances.forEach(InstanceProcess::close);
        }
    }

    private ConditionFactory soon(String what) {
        return Awaitility.await(what).atMost(patience()).pollInterval(Duration.ofMillis(100));
    }

    private boolean allHaveWorked() throws IOException {
        for (InstanceProcess instance : instances) {
            if (instance.processed().isEmpty()) {
                return false;
            }
        }
        return true;
    }

    private void publish(Transport transport) {
        for (int round = 0; publishing.get(); round++) {
            List<DomainEvent> batch = new ArrayList<>();
            for (int each = 0; each < AT_ONCE; each++) {
                int subject = (round * AT_ONCE + each) % SUBJECTS;
                batch.add(event(subject, sent.get(subject)));
            }
            transport.send(batch);
            for (int each = 0; each < AT_ONCE; each++) {
                sent.incrementAndGet((round * AT_ONCE + each) % SUBJECTS);
            }
            LockSupport.parkNanos(TimeUnit.SECONDS.toNanos(AT_ONCE) / eventsPerSecond());
        }
    }

    private static DomainEvent event(int subject, int number) {
        return DomainEvent.builder(TYPE)
                .id(Integer.toString(number))
                .source(URI.create("/subjects/" + subject))
                .subject("subject-" + subject)
                .time(Instant.EPOCH)
                .data(Payload.json("{}".getBytes(StandardCharsets.UTF_8)))
                .build();
    }

    private int sentInAll() {
        int all = 0;
        for (int subject = 0; subject < SUBJECTS; subject++) {
            all += sent.get(subject);
        }
        return all;
    }

    /// Until the group works at the pace of the publisher, and has for a second. While it catches up it is many times
    /// faster, and what it has done with in the last moment, which is what comes again, is many times more.
    private void awaitPace() {
        soon("no backlog")
                .during(Duration.ofSeconds(1))
                .until(() -> sentInAll() - distinct(all()).size() < eventsPerSecond() / 10);
    }

    private void awaitProgressOfAllSubjects() {
        int[] now = new int[SUBJECTS];
        for (int subject = 0; subject < SUBJECTS; subject++) {
            now[subject] = sent.get(subject);
        }
        soon("events of every subject that are sent from now on").until(() -> {
            Set<String> found = new HashSet<>();
            for (Processed processed : all()) {
                int subject = Integer.parseInt(processed.subject().substring("subject-".length()));
                if (processed.number() > now[subject]) {
                    found.add(processed.subject());
                }
            }
            return found.size() == SUBJECTS;
        });
    }

    private List<Processed> all() throws IOException {
        List<Processed> all = new ArrayList<>();
        for (InstanceProcess instance : instances) {
            all.addAll(instance.processed());
        }
        all.sort(Comparator.comparingLong(Processed::at));
        return all;
    }

    private static Set<String> distinct(List<Processed> all) {
        Set<String> distinct = new HashSet<>();
        all.forEach(each -> distinct.add(each.subject() + " " + each.number()));
        return distinct;
    }

    private void check() throws IOException {
        List<Processed> all = all();
        Map<String, List<Integer>> firstTimes = new HashMap<>();
        Set<String> seen = new HashSet<>();
        for (Processed each : all) {
            if (seen.add(each.subject() + " " + each.number())) {
                firstTimes
                        .computeIfAbsent(each.subject(), subject -> new ArrayList<>())
                        .add(each.number());
            }
        }
        assertEquals(sentInAll(), seen.size(), "nothing lost, nothing that was not sent");
        firstTimes.forEach((subject, numbers) ->
                assertEquals(numbers.stream().sorted().toList(), numbers, "the order of " + subject));
        int twice = all.size() - seen.size();
        assertTrue(
                twice < seen.size() / 1_000, () -> twice + " of " + seen.size() + " events came twice: " + again(all));
    }

    /// Which events came again, and by which instances they were had first and again, and in what time.
    private static String again(List<Processed> all) {
        Map<String, Processed> had = new HashMap<>();
        Map<String, LongSummaryStatistics> again = new TreeMap<>();
        for (Processed each : all) {
            Processed first = had.putIfAbsent(each.subject() + " " + each.number(), each);
            if (first != null) {
                again.computeIfAbsent(
                                "of instance " + first.instance() + " to " + each.instance(),
                                pair -> new LongSummaryStatistics())
                        .accept(first.at());
            }
        }
        StringJoiner text = new StringJoiner(", ");
        again.forEach((pair, times) -> text.add(times.getCount() + " " + pair + ", processed first within "
                + TimeUnit.NANOSECONDS.toMillis(times.getMax() - times.getMin()) + " ms"));
        return text.toString();
    }
}
