package ai.tradesense.testkit.simulation;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.store.MemoryScheduleStore;
import ai.tradesense.store.ScheduleStore;
import ai.tradesense.store.StoreException;
import ai.tradesense.testkit.simulation.Faults.Fault;
import ai.tradesense.worker.ScheduledTick;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The schedule that instances share, if the run has one, and what became of its ticks.
final class SimulatedSchedules {
    private final World world;
    private final ScheduleStore store = new MemoryScheduleStore();
    private final Set<Instant> published = new HashSet<>();
    private final Map<Instant, String> effects = new HashMap<>(); // the id of the event that had it

    SimulatedSchedules(World world) {
        this.world = world;
    }

    /// What an instance uses of the store, which is as unreliable as the one for parking.
    ScheduleStore connect(Instance instance) {
        return new ScheduleStore() {
            @Override
            public Optional<Progress> find(String schedule) {
                return call(() -> store.find(schedule));
            }

            @Override
            public Progress begin(String schedule, Instant at) {
                return call(() -> store.begin(schedule, at));
            }

            @Override
            public void note(String schedule, Instant tick) {
                call(() -> {
                    store.note(schedule, tick);
                    return tick;
                });
            }

            private <T> T call(Supplier<T> what) {
                world.disturb(instance);
                if (world.faults().strikes(Fault.STORE_FAILS)) {
                    throw failure("is refused");
                }
                T answer = what.get();
                world.mayKill(instance);
                if (world.faults().strikes(Fault.STORE_FAILS_LATE)) {
                    throw failure("is done and not answered");
                }
                return answer;
            }

            private StoreException failure(String message) {
                world.trace().note(instance.name(), "schedules: a call " + message);
                return new StoreException(message, null);
            }
        };
    }

    private static @Nullable Instant tickOf(DomainEvent event) {
        return event.type().name().equals(ScheduledTick.TYPE) ? event.time() : null;
    }

    /// The broker has stored an event, which may be a tick.
    void published(DomainEvent event) {
        Instant tick = tickOf(event);
        if (tick != null) {
            published.add(tick);
        }
    }

    /// A run of the schedule has had its effect.
    ///
    /// @return the id of another event by which the same tick had its effect before; null if there is none
    @Nullable
    String tookEffect(DomainEvent event) {
        String before = effects.putIfAbsent(Objects.requireNonNull(tickOf(event)), event.id());
        return event.id().equals(before) ? null : before;
    }

    /// The ticks that are due and were not published, in words.
    List<String> unpublished() {
        List<String> missing = new ArrayList<>();
        for (GroupSettings group : world.setup().groups()) {
            if (group.kind() instanceof GroupSettings.Kind.Scheduled(var schedule)) {
                Optional<ScheduleStore.Progress> progress = store.find(group.worker());
                if (progress.isEmpty()) {
                    missing.add(group.worker() + " has not begun");
                    continue;
                }
                Instant tick = schedule.next(progress.get().begunAt());
                while (!tick.isAfter(world.clock().instant())) {
                    if (!published.contains(tick)) {
                        missing.add("the tick of " + group.worker() + " at " + tick + " was not published");
                    }
                    tick = schedule.next(tick);
                }
            }
        }
        return missing;
    }
}
