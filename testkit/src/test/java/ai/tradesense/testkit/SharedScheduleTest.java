package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import ai.tradesense.TradeSense;
import ai.tradesense.parking.MemoryParkingStore;
import ai.tradesense.store.EventQuery;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.store.MemoryScheduleStore;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.transport.MemoryTransport;
import ai.tradesense.worker.MissedTicks;
import ai.tradesense.worker.Schedule;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Several platforms with the same scheduled worker on one transport: one run per tick, whoever publishes it.
final class SharedScheduleTest {
    private static final Schedule EVERY_MINUTE = Schedule.every(Duration.ofMinutes(1));

    private final VirtualClock clock = new VirtualClock();
    private final MemoryTransport transport = new MemoryTransport();
    private final MemoryParkingStore parking = new MemoryParkingStore();
    private final MemoryEventStore events = new MemoryEventStore(clock);
    private final ForgetfulSchedules schedules = new ForgetfulSchedules();
    private final List<TradeSense> platforms = new ArrayList<>();
    private final List<RecordingSchedule> workers = new ArrayList<>();
    private SteppedRuntime runtime;

    @BeforeEach
    void begin() {
        runtime = new SteppedRuntime(clock);
    }

    @AfterEach
    void close() {
        platforms.forEach(TradeSense::close);
        runtime.close();
    }

    private TradeSense start(SteppedRuntime on, String instance) {
        TradeSense platform = TradeSense.builder()
                .clock(clock)
                .runtime(on)
                .transport(transport)
                .parking(parking)
                .schedules(schedules)
                .instance(instance)
                .build();
        RecordingSchedule worker = new RecordingSchedule("report", EVERY_MINUTE, MissedTicks.RUN_ALL);
        platform.register(worker);
        platforms.add(platform);
        workers.add(worker);
        return platform;
    }

    private List<Instant> runs() {
        return workers.stream()
                .flatMap(worker -> worker.ticks().stream())
                .sorted()
                .toList();
    }

    private static List<Instant> minutes(int count) {
        List<Instant> minutes = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
            minutes.add(VirtualClock.START.plus(Duration.ofMinutes(i)));
        }
        return minutes;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void each_tick_is_run_once(long seed) {
        runtime = new SteppedRuntime(clock, seed);
        start(runtime, "one");
        start(runtime, "two");
        start(runtime, "three");

        runtime.advance(Duration.ofMinutes(30));

        assertThat(runs()).isEqualTo(minutes(30));
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void a_tick_whose_publisher_died_before_it_noted_it_is_run_once(int noted) {
        SteppedRuntime mortal = new SteppedRuntime(clock);
        start(mortal, "mortal");
        mortal.settle();
        schedules.fail = true; // whatever it does, it does not come to note
        mortal.advance(Duration.ofMinutes(1));
        schedules.fail = false;
        mortal.advance(Duration.ofMinutes(noted));
        mortal.close();
        platforms.removeFirst().close();

        start(runtime, "heir");
        runtime.advance(Duration.ofMinutes(3));

        assertThat(schedules.failures).isPositive();
        assertThat(runs()).isEqualTo(minutes(4 + noted));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void schedules_that_are_forgotten_again_and_again_cause_no_second_run(long seed) {
        runtime = new SteppedRuntime(clock, seed);
        TradeSense recorded = TradeSense.builder()
                .clock(clock)
                .runtime(runtime)
                .transport(transport)
                .store(events)
                .build();
        platforms.add(recorded);
        start(runtime, "one");
        start(runtime, "two");
        runtime.settle();
        for (int i = 1; i <= 10; i++) {
            schedules.fail = i % 2 == 0;
            runtime.advance(Duration.ofMinutes(1));
        }

        assertThat(runs()).isEqualTo(minutes(10));
        assertThat(events.search(EventQuery.ALL).events()).hasSize(10);
    }

    /// Fails to note when it is told to.
    private static final class ForgetfulSchedules implements ScheduleStore {
        private final MemoryScheduleStore store = new MemoryScheduleStore();
        private boolean fail;
        private int failures;

        @Override
        public Optional<Progress> find(String schedule) {
            return store.find(schedule);
        }

        @Override
        public Progress begin(String schedule, Instant at) {
            return store.begin(schedule, at);
        }

        @Override
        public void note(String schedule, Instant tick) {
            if (fail) {
                failures++;
                throw new StoreException("the process ended here", null);
            }
            store.note(schedule, tick);
        }
    }
}
