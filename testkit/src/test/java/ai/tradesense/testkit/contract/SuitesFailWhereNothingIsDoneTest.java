package ai.tradesense.testkit.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import ai.tradesense.control.ControlStore;
import ai.tradesense.control.InstanceReport;
import ai.tradesense.control.Order;
import ai.tradesense.control.StandingOrder;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.parking.DeadLetterFilter;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.parking.ParkedEvent;
import ai.tradesense.parking.ParkingChange;
import ai.tradesense.parking.ParkingStore;
import ai.tradesense.store.EventStore;
import ai.tradesense.store.Log;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.SnapshotStore;
import ai.tradesense.transport.Delivery;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import ai.tradesense.transport.Poll;
import ai.tradesense.transport.Published;
import ai.tradesense.transport.Subscription;
import ai.tradesense.transport.Transport;
import ai.tradesense.transport.TransportHealth;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestExecutionResult.Status;
import org.junit.platform.launcher.Launcher;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;

/// A suite that something which does nothing could pass would prove nothing.
final class SuitesFailWhereNothingIsDoneTest {
    private static final Duration SHORT = Duration.ofMillis(20);

    @ParameterizedTest
    @ValueSource(
            classes = {
                TransportWithoutTraits.class,
                TransportWithAllTraits.class,
                VolatileEvents.class,
                DurableEvents.class,
                VolatileParking.class,
                DurableParking.class,
                VolatileOperations.class,
                DurableOperations.class
            })
    void every_test_fails_against_something_that_does_nothing(Class<?> suite) {
        requireFailures(suite, 20);
    }

    @ParameterizedTest
    @ValueSource(
            classes = {
                VolatileSchedules.class,
                DurableSchedules.class,
                VolatileOrders.class,
                DurableOrders.class,
                VolatileSnapshots.class,
                DurableSnapshots.class,
                IdleRetention.class
            })
    void every_test_of_a_small_suite_fails_against_something_that_does_nothing(Class<?> suite) {
        requireFailures(suite, 6);
    }

    private static void requireFailures(Class<?> suite, int atLeast) {
        Map<String, Status> outcome = run(suite);

        assertThat(outcome).hasSizeGreaterThanOrEqualTo(atLeast);
        assertThat(outcome).allSatisfy((test, status) -> assertThat(status).isEqualTo(Status.FAILED));
    }

    static Map<String, Status> run(Class<?> suite) {
        Map<String, Status> outcome = new TreeMap<>();
        Launcher launcher = LauncherFactory.create();
        launcher.execute(
                LauncherDiscoveryRequestBuilder.request()
                        .selectors(selectClass(suite))
                        .build(),
                new TestExecutionListener() {
                    @Override
                    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
                        if (test.isTest()) {
                            outcome.put(test.getDisplayName(), result.getStatus());
                        }
                    }

                    @Override
                    public void executionSkipped(TestIdentifier test, String reason) {
                        outcome.put(test.getDisplayName(), Status.ABORTED);
                    }
                });
        return outcome;
    }

    static final class TransportWithoutTraits extends TransportContract {
        @Override
        protected Transport open() {
            return new IdleTransport();
        }

        @Override
        protected Set<TransportTrait> traits() {
            return Set.of();
        }

        @Override
        protected Duration patience() {
            return SHORT;
        }
    }

    static final class TransportWithAllTraits extends TransportContract {
        @Override
        protected Transport open() {
            return new IdleTransport();
        }

        @Override
        protected Set<TransportTrait> traits() {
            return EnumSet.allOf(TransportTrait.class);
        }

        @Override
        protected int capacity() {
            return 512;
        }

        @Override
        protected Duration patience() {
            return SHORT;
        }
    }

    abstract static class IdleEvents extends EventStoreContract {
        @Override
        protected EventStore open() {
            return new IdleEventStore();
        }

        @Override
        protected void close(EventStore opened) {}

        @Override
        protected Duration patience() {
            return SHORT;
        }
    }

    static final class VolatileEvents extends IdleEvents {
        @Override
        protected boolean survivesRestart() {
            return false;
        }
    }

    static final class DurableEvents extends IdleEvents {
        @Override
        protected boolean survivesRestart() {
            return true;
        }
    }

    abstract static class IdleParkings extends ParkingStoreContract {
        @Override
        protected ParkingStore open() {
            return new IdleParking();
        }

        @Override
        protected void close(ParkingStore opened) {}
    }

    static final class VolatileParking extends IdleParkings {
        @Override
        protected boolean survivesRestart() {
            return false;
        }
    }

    static final class DurableParking extends IdleParkings {
        @Override
        protected boolean survivesRestart() {
            return true;
        }
    }

    abstract static class IdleOperations extends OperationStoreContract {
        @Override
        protected Opened open() {
            return new Opened(new MemoryParkingStore(), new IdleOperationStore());
        }

        @Override
        protected void close(Opened opened) {}
    }

    static final class VolatileOperations extends IdleOperations {
        @Override
        protected boolean survivesRestart() {
            return false;
        }
    }

    static final class DurableOperations extends IdleOperations {
        @Override
        protected boolean survivesRestart() {
            return true;
        }
    }

    abstract static class IdleSchedules extends ScheduleStoreContract {
        @Override
        protected ScheduleStore open() {
            return new IdleScheduleStore();
        }

        @Override
        protected void close(ScheduleStore opened) {}
    }

    static final class VolatileSchedules extends IdleSchedules {
        @Override
        protected boolean survivesRestart() {
            return false;
        }
    }

    static final class DurableSchedules extends IdleSchedules {
        @Override
        protected boolean survivesRestart() {
            return true;
        }
    }

    private static final class IdleScheduleStore implements ScheduleStore {
        @Override
        public Optional<Progress> find(String schedule) {
            return Optional.empty();
        }

        @Override
        public Progress begin(String schedule, Instant at) {
            return new Progress(at, null);
        }

        @Override
        public void note(String schedule, Instant tick) {}
    }

    static final class IdleRetention extends RetentionStoreContract {
        @Override
        protected Log open(InstantSource clock) {
            return new IdleLog();
        }

        @Override
        protected void close(Log opened) {}
    }

    abstract static class IdleSnapshots extends SnapshotStoreContract {
        @Override
        protected SnapshotStore open() {
            return new IdleSnapshotStore();
        }

        @Override
        protected void close(SnapshotStore opened) {}
    }

    static final class VolatileSnapshots extends IdleSnapshots {
        @Override
        protected boolean survivesRestart() {
            return false;
        }
    }

    static final class DurableSnapshots extends IdleSnapshots {
        @Override
        protected boolean survivesRestart() {
            return true;
        }
    }

    private static final class IdleSnapshotStore implements SnapshotStore {
        @Override
        public Optional<Snapshot> find(OrderKey stream, String aggregate) {
            return Optional.empty();
        }

        @Override
        public void save(Snapshot snapshot) {}
    }

    abstract static class IdleOrders extends ControlStoreContract {
        @Override
        protected ControlStore open() {
            return new IdleControl();
        }

        @Override
        protected void close(ControlStore opened) {}
    }

    static final class VolatileOrders extends IdleOrders {
        @Override
        protected boolean survivesRestart() {
            return false;
        }
    }

    static final class DurableOrders extends IdleOrders {
        @Override
        protected boolean survivesRestart() {
            return true;
        }
    }

    private static final class IdleControl implements ControlStore {
        @Override
        public StandingOrder give(String worker, Order order, String by, Instant at) {
            return new StandingOrder(0, worker, order, by, at);
        }

        @Override
        public List<StandingOrder> after(long revision) {
            return List.of();
        }

        @Override
        public void report(InstanceReport report, Instant forgetBefore) {}

        @Override
        public List<InstanceReport> instances() {
            return List.of();
        }

        @Override
        public void forget(String instance) {}
    }

    static final class IdleTransport implements Transport {
        @Override
        public String name() {
            return "idle";
        }

        @Override
        public List<Published> send(List<DomainEvent> events) {
            return events.stream()
                    .map(event -> new Published(event.id(), false))
                    .toList();
        }

        @Override
        public Subscription subscribe(GroupMembership membership, Runnable signal) {
            return new IdleSubscription();
        }

        @Override
        public Partition partitionOf(String domain, String subject) {
            return new Partition("idle", 0);
        }

        @Override
        public TransportHealth health() {
            return new TransportHealth(true, "");
        }

        @Override
        public void close() {}
    }

    private static final class IdleSubscription implements Subscription {
        @Override
        public Poll poll(int maxEvents) {
            return Poll.EMPTY;
        }

        @Override
        public void settle(Collection<Delivery> done) {}

        @Override
        public long lag() {
            return 0;
        }

        @Override
        public void close() {}
    }

    private static final class IdleParking implements ParkingStore {
        @Override
        public int apply(List<ParkingChange> changes) {
            return -1;
        }

        @Override
        public List<WaitingSubject> waiting(String group) {
            return List.of();
        }

        @Override
        public Map<OrderKey, List<ParkedEvent>> heads(String group, Collection<OrderKey> keys, int limit) {
            return Map.of();
        }

        @Override
        public List<EventIdentity> recent(String group, int limit) {
            return List.of();
        }

        @Override
        public List<ParkedEvent> deadLetters(DeadLetterQuery query) {
            return List.of();
        }

        @Override
        public List<DeadLetterSummary> summaries(DeadLetterQuery query) {
            return List.of();
        }

        @Override
        public List<DeadLetterGroup> groups(DeadLetterFilter filter, int limit) {
            return List.of();
        }

        @Override
        public Optional<ParkedEvent> find(long sequence) {
            return Optional.empty();
        }

        @Override
        public long revision(String group) {
            return 0;
        }

        @Override
        public Map<Partition, String> sessions(String group) {
            return Map.of(new Partition("idle", 0), "idle");
        }

        @Override
        public Set<Partition> begin(
                String group, String session, Set<Partition> partitions, Map<Partition, String> seen) {
            return Set.of(new Partition("idle", 0));
        }

        @Override
        public void end(String group, String instance, Set<Partition> partitions) {}

        @Override
        public List<ParkedEvent> find(String group, EventIdentity identity) {
            return List.of();
        }

        @Override
        public Counts counts(String group) {
            return new Counts(0, 0);
        }

        @Override
        public Map<String, Counts> counts() {
            return Map.of();
        }
    }
}
