package ai.tradesense.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import ai.tradesense.store.EventQuery;
import ai.tradesense.store.MemoryEventStore;
import ai.tradesense.store.MemoryScheduleStore;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.testkit.RecordingSchedule.Run;
import ai.tradesense.worker.MissedTicks;
import ai.tradesense.worker.Schedule;
import ai.tradesense.worker.ScheduleStatus;
import ai.tradesense.worker.ScheduledTick;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Workers that run by the clock, each tick as an event like any other.
final class ScheduledWorkerTest {
    private static final Schedule HOURLY = Schedule.every(Duration.ofHours(1));
    private static final Instant TEN = Instant.parse("2026-01-05T10:00:00Z"); // an hour after the clock's start

    private final MemoryScheduleStore schedules = new MemoryScheduleStore();
    private final TestPlatform platform = TestPlatform.with(settings -> settings.schedules(schedules));

    @AfterEach
    void close() {
        platform.close();
    }

    private static List<Instant> hours(int first, int count) {
        return java.util.stream.IntStream.range(first, first + count)
                .mapToObj(hour -> TEN.plus(Duration.ofHours(hour)))
                .toList();
    }

    @Test
    void every_tick_is_run_at_its_time() {
        RecordingSchedule worker = new RecordingSchedule("report", HOURLY);
        platform.register(worker);
        platform.advance(Duration.ofMinutes(59));
        assertThat(worker.runs()).as("nothing is run for the time before").isEmpty();

        platform.advance(Duration.ofHours(3));

        assertThat(worker.runs())
                .containsExactly(
                        new Run(TEN, 0, TEN),
                        new Run(TEN.plusSeconds(3_600), 0, TEN.plusSeconds(3_600)),
                        new Run(TEN.plusSeconds(7_200), 0, TEN.plusSeconds(7_200)));
    }

    @Test
    void a_cron_expression_is_followed_through_a_day_on_which_clocks_are_changed() {
        VirtualClock clock = platform.clock();
        clock.moveTo(Instant.parse("2026-03-27T12:00:00Z"));
        RecordingSchedule worker =
                new RecordingSchedule("backup", Schedule.cron("30 2 * * *", ZoneId.of("Europe/Berlin")));
        platform.register(worker);

        platform.advance(Duration.ofDays(3));

        assertThat(worker.ticks())
                .containsExactly(
                        Instant.parse("2026-03-28T01:30:00Z"),
                        Instant.parse("2026-03-29T01:00:00Z"), // 03:00, the first instant after the gap
                        Instant.parse("2026-03-30T00:30:00Z"));
    }

    @Test
    void a_tick_is_an_event_that_others_can_follow() {
        MemoryEventStore store = new MemoryEventStore(platform.clock());
        RecordingWorker follower = new RecordingWorker("follower");
        try (TestPlatform recorded = TestPlatform.with(settings -> settings.store(store))) {
            recorded.register(new RecordingSchedule("report", HOURLY));
            recorded.register(follower);
            recorded.advance(Duration.ofHours(1));
        }
        assertThat(store.search(EventQuery.ALL).events()).singleElement().satisfies(stored -> {
            assertThat(stored.event().type().name()).isEqualTo("Schedule.Ticked.v1");
            assertThat(stored.event().subject()).isEqualTo("report");
            assertThat(stored.event().source()).hasToString("/tradesense/schedules");
            assertThat(stored.event().time()).isEqualTo(TEN);
            assertThat(stored.event().dataAs(ScheduledTick.class)).isEqualTo(new ScheduledTick(TEN, 0));
        });
        assertThat(follower.processed()).hasSize(1);
    }

    @Test
    void scheduled_workers_run_their_own_ticks_only() {
        RecordingSchedule report = new RecordingSchedule("report", HOURLY);
        RecordingSchedule sessions = new RecordingSchedule("sessions", Schedule.every(Duration.ofMinutes(30)));
        platform.register(report);
        platform.register(sessions);

        platform.advance(Duration.ofHours(2));

        assertThat(report.runs()).hasSize(2);
        assertThat(sessions.runs()).hasSize(4);
    }

    @Test
    void a_run_that_fails_is_tried_again_and_given_up_in_the_end() {
        RecordingSchedule worker = new RecordingSchedule("report", HOURLY);
        platform.register(worker);
        worker.fail(2);
        platform.advance(Duration.ofMinutes(61));
        assertThat(worker.attempts()).isEqualTo(3);
        assertThat(worker.ticks()).containsExactly(TEN);

        worker.fail(4);
        platform.advance(Duration.ofHours(2));

        assertThat(worker.ticks()).as("those after it go on").containsExactly(TEN, TEN.plusSeconds(7_200));
        assertThat(platform.deadLetters()).singleElement().satisfies(letter -> {
            assertThat(letter.worker()).isEqualTo("report");
            assertThat(letter.event()).isNotNull();
            assertThat(letter.event().dataAs(ScheduledTick.class).scheduledAt()).isEqualTo(TEN.plusSeconds(3_600));
        });
    }

    private List<Run> afterADayWithoutAnyInstance(MissedTicks policy) {
        try (TestPlatform first = TestPlatform.with(settings -> settings.schedules(schedules))) {
            first.register(new RecordingSchedule("report", HOURLY, policy));
            first.advance(Duration.ofHours(1));
        }
        platform.clock().moveTo(TEN.plus(Duration.ofMinutes(270)));
        RecordingSchedule worker = new RecordingSchedule("report", HOURLY, policy);
        platform.register(worker);
        platform.advance(Duration.ofMinutes(30));
        return worker.runs();
    }

    @Test
    void missed_ticks_are_run_once() {
        Instant now = TEN.plus(Duration.ofMinutes(270));
        Instant next = TEN.plus(Duration.ofHours(5));
        assertThat(afterADayWithoutAnyInstance(MissedTicks.RUN_ONCE))
                .containsExactly(new Run(TEN.plus(Duration.ofHours(4)), 3, now), new Run(next, 0, next));
    }

    @Test
    void missed_ticks_are_all_run_oldest_first() {
        assertThat(afterADayWithoutAnyInstance(MissedTicks.RUN_ALL))
                .extracting(Run::scheduledAt)
                .isEqualTo(hours(1, 5));
    }

    @Test
    void missed_ticks_are_skipped() {
        Instant next = TEN.plus(Duration.ofHours(5));
        assertThat(afterADayWithoutAnyInstance(MissedTicks.SKIP)).containsExactly(new Run(next, 4, next));
    }

    @Test
    void a_year_of_missed_seconds_does_not_flood_the_transport() {
        Schedule everySecond = Schedule.cron("* * * * * *", ZoneOffset.UTC);
        schedules.note("report", TEN.minus(Duration.ofDays(365)));
        RecordingSchedule worker = new RecordingSchedule("report", everySecond, MissedTicks.RUN_ALL);
        platform.register(worker);

        platform.settle();

        assertThat(worker.runs()).hasSize(RecordingSchedule.MAX_MISSED_TICKS);
        assertThat(worker.runs().getLast().scheduledAt()).isEqualTo(VirtualClock.START);
    }

    @Test
    void the_ticks_of_a_paused_worker_are_missed() {
        RecordingSchedule worker = new RecordingSchedule("report", HOURLY);
        platform.register(worker);
        platform.advance(Duration.ofHours(1));
        platform.tradesense().workers().pause("report");
        platform.advance(Duration.ofMinutes(210));
        assertThat(worker.ticks()).containsExactly(TEN);

        platform.tradesense().workers().resume("report");
        platform.settle();

        assertThat(worker.runs())
                .containsExactly(
                        new Run(TEN, 0, TEN),
                        new Run(TEN.plus(Duration.ofHours(3)), 2, TEN.plus(Duration.ofMinutes(210))));
    }

    @Test
    void what_is_deregistered_ticks_no_more_and_goes_on_when_it_comes_back() {
        platform.register(new RecordingSchedule("report", HOURLY));
        platform.advance(Duration.ofHours(1));
        platform.tradesense().workers().deregister("report");
        assertThat(platform.runtime().running()).noneMatch(agent -> agent.contains("report"));
        platform.advance(Duration.ofHours(2));

        RecordingSchedule again = new RecordingSchedule("report", HOURLY);
        platform.register(again);
        platform.settle();

        assertThat(again.runs()).containsExactly(new Run(TEN.plusSeconds(7_200), 1, TEN.plusSeconds(7_200)));
    }

    @Test
    void the_registry_shows_every_schedule() {
        platform.register(new RecordingSchedule("report", HOURLY));
        Schedule cron = Schedule.cron("0 12 * * *", ZoneId.of("Europe/Berlin"));
        platform.register(new RecordingSchedule("close", cron, MissedTicks.SKIP));
        platform.register(new RecordingWorker("other"));
        platform.advance(Duration.ofMinutes(90));

        assertThat(platform.tradesense().workers().schedules())
                .containsExactly(
                        new ScheduleStatus(
                                "close", cron, MissedTicks.SKIP, null, Instant.parse("2026-01-05T11:00:00Z")),
                        new ScheduleStatus("report", HOURLY, MissedTicks.RUN_ONCE, TEN, TEN.plusSeconds(3_600)));
    }

    @Test
    void a_worker_whose_schedule_is_none_is_refused_and_nothing_of_it_stays() {
        RecordingSchedule wrong = new RecordingSchedule("report", HOURLY) {
            @Override
            public Schedule schedule() {
                return Schedule.cron("0 25 * * *", ZoneOffset.UTC);
            }
        };
        assertThatIllegalArgumentException()
                .isThrownBy(() -> platform.register(wrong))
                .withMessage("the hour of '0 25 * * *' is '25', expected 0 to 23");
        assertThat(platform.tradesense().workers().workers()).isEmpty();
        assertThat(platform.runtime().running())
                .as("only what mends dead letters")
                .containsExactly("operations");
    }

    @Test
    void a_store_that_fails_delays_ticks_and_loses_none() {
        FailingSchedules failing = new FailingSchedules();
        try (TestPlatform troubled = TestPlatform.with(settings -> settings.schedules(failing))) {
            RecordingSchedule worker = new RecordingSchedule("report", HOURLY);
            troubled.register(worker);
            troubled.advance(Duration.ofMinutes(59));
            failing.out = true;
            troubled.advance(Duration.ofMinutes(2));
            assertThat(worker.runs()).hasSizeLessThanOrEqualTo(1);
            failing.out = false;
            troubled.advance(Duration.ofMinutes(1));

            assertThat(worker.ticks()).containsExactly(TEN);
        }
    }

    private static final class FailingSchedules implements ScheduleStore {
        private final MemoryScheduleStore store = new MemoryScheduleStore();
        private boolean out;

        private MemoryScheduleStore store() {
            if (out) {
                throw new StoreException("out of order", null);
            }
            return store;
        }

        @Override
        public Optional<Progress> find(String schedule) {
            return store.find(schedule);
        }

        @Override
        public Progress begin(String schedule, Instant at) {
            return store().begin(schedule, at);
        }

        @Override
        public void note(String schedule, Instant tick) {
            store().note(schedule, tick); // after the tick was published
        }
    }
}
