package ai.tradesense.operations;

import ai.tradesense.operations.OperationItem.Status;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// What an operation would do.
///
/// @param total how many events it would be about
/// @param groups those that it would change, by worker, type and cause; the largest groups first. Events to
///     be replayed have no cause
/// @param skipped how many it would leave as they are
/// @param reasons those and why, at most [#MAX_REASONS]
/// @param replay what would be replayed; null if it is about dead letters
public record DryRun(
        OperationKind kind,
        Pace pace,
        int total,
        List<Group> groups,
        int skipped,
        List<Skipped> reasons,
        @Nullable Replay replay) {
    /// How many skipped events are named.
    public static final int MAX_REASONS = 100;

    /// Events that have worker, type and cause in common.
    public record Group(String worker, @Nullable String type, String cause, int count) {}

    /// An event that cannot be part of the operation.
    public record Skipped(long sequence, String reason) {}

    static DryRun of(Pace pace, Replay replay, SequencedMap<String, Integer> types) {
        List<Group> groups = types.sequencedEntrySet().stream()
                .map(type -> new Group(replay.worker(), type.getKey(), "", type.getValue()))
                .toList();
        int total = groups.stream().mapToInt(Group::count).sum();
        return new DryRun(OperationKind.REPLAY, pace, total, groups, 0, List.of(), replay);
    }

    static DryRun of(OperationKind kind, Pace pace, List<OperationItem> items) {
        SequencedMap<List<String>, Group> groups = new LinkedHashMap<>();
        for (OperationItem item : items) {
            if (item.status() == Status.PENDING) {
                groups.merge(
                        List.of(item.worker(), Objects.requireNonNullElse(item.type(), ""), item.cause()),
                        new Group(item.worker(), item.type(), item.cause(), 1),
                        (one, more) -> new Group(one.worker(), one.type(), one.cause(), one.count() + more.count()));
            }
        }
        List<Skipped> skipped = items.stream()
                .filter(item -> item.status() == Status.SKIPPED)
                .map(item -> new Skipped(item.sequence(), item.note()))
                .toList();
        return new DryRun(
                kind,
                pace,
                items.size(),
                groups.sequencedEntrySet().stream()
                        .map(Map.Entry::getValue)
                        .sorted((one, other) -> Integer.compare(other.count(), one.count()))
                        .toList(),
                skipped.size(),
                skipped.stream().limit(MAX_REASONS).toList(),
                null);
    }
}
