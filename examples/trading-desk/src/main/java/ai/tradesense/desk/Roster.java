package ai.tradesense.desk;

import ai.tradesense.desk.firm.Member;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/// The members of a run, and something kept for each of them.
///
/// @param <T> what is kept
final class Roster<T> {
    private final List<T> all;
    private final Map<String, T> byId;

    Roster(List<Member> members, Function<Member, T> kept) {
        this.all = members.stream().map(kept).toList();
        this.byId = IntStream.range(0, members.size())
                .boxed()
                .flatMap(i -> members.get(i).ids().stream().map(id -> Map.entry(id, all.get(i))))
                .collect(Collectors.toUnmodifiableMap(Map.Entry::getKey, Map.Entry::getValue));
    }

    /// What is kept for the member that an account, challenge or user id belongs to.
    T of(String id) {
        T kept = byId.get(id);
        if (kept == null) {
            throw new IllegalArgumentException("'" + id + "' is of none of the " + all.size() + " members");
        }
        return kept;
    }

    /// What is kept, in the order of the members.
    List<T> all() {
        return all;
    }
}
