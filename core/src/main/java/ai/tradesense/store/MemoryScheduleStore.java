package ai.tradesense.store;

import java.time.Instant;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// Keeps schedules in memory, for platforms of one process and no longer than that.
public final class MemoryScheduleStore implements ScheduleStore {
    private final Map<String, Progress> schedules = new ConcurrentHashMap<>();

    @Override
    public Optional<Progress> find(String schedule) {
        return Optional.ofNullable(schedules.get(schedule));
    }

    @Override
    public Progress begin(String schedule, Instant at) {
        return Objects.requireNonNull(
                schedules.computeIfAbsent(schedule, _ -> new Progress(at, null)), "never removed");
    }

    @Override
    public void note(String schedule, Instant tick) {
        schedules.compute(schedule, (_, known) -> {
            if (known == null) {
                return new Progress(tick, tick);
            }
            Instant last = known.lastTick();
            return last != null && last.isAfter(tick) ? known : new Progress(known.begunAt(), tick);
        });
    }
}
