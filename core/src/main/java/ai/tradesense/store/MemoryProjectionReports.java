package ai.tradesense.store;

import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Keeps reports in memory.
final class MemoryProjectionReports implements ProjectionReports {
    private record Key(String name, String instance) {}

    private final Map<Key, ProjectionReport> reports =
            new TreeMap<>(Comparator.comparing(Key::name).thenComparing(Key::instance));

    @Override
    public synchronized void report(ProjectionReport report, Instant forgetBefore) {
        reports.values().removeIf(old -> old.seenAt().isBefore(forgetBefore));
        reports.put(new Key(report.name(), report.instance()), report);
    }

    @Override
    public synchronized List<ProjectionReport> all() {
        return List.copyOf(reports.values());
    }

    @Override
    public synchronized void forget(String name, String instance) {
        reports.remove(new Key(name, instance));
    }
}
