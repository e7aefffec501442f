package ai.tradesense.redis;

import static java.nio.charset.StandardCharsets.UTF_8;

import ai.tradesense.redis.Assignment.Position;
import ai.tradesense.transport.Partition;
import io.lettuce.core.RedisFuture;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/// What one member of a group asks Redis about leases and positions: puts questions into the form of the
/// scripts and reads their answers. Nothing waits here.
final class GroupProtocol {
    private static final byte[] NOTHING = new byte[0];

    private final Keys keys;
    private final String group;
    private final byte[] groupName;
    private final byte[] member;
    private final String domains;
    private final byte[] leaseMillis;
    private final byte[] retained;

    /// A member that lives, and the domains it wants; none means all.
    record Living(String member, Set<String> domains) {
        boolean wants(String domain) {
            return domains.isEmpty() || domains.contains(domain);
        }
    }

    /// A partition that was acquired.
    ///
    /// @param left the entry that this member knew of if it is there, or the last that is left of those before it
    ///     if it is lost; null if neither is known
    record Acquired(
            long epoch,
            Position position,
            boolean counted,
            long added,
            Set<EntryId> done,
            @Nullable EntryId left) {}

    /// What a stream has.
    ///
    /// @param added how many entries were ever added
    /// @param last the last of them
    /// @param newest the last that is there
    /// @param gap where what is left of those before the one that was read last ends, if that one is lost
    record Extent(
            long added,
            EntryId last,
            EntryId newest,
            @Nullable EntryId gap) {}

    /// What became of a lease that was extended.
    sealed interface Tended {
        /// It holds; what the stream has, if the lease was extended.
        record Held(@Nullable Extent extent) implements Tended {}

        /// Somebody else has it.
        record Taken() implements Tended {}

        /// Redis knows nothing of it.
        record Gone() implements Tended {}
    }

    /// What happens to a lease when its position is saved.
    enum Intent {
        KEEP,
        EXTEND,
        RELEASE
    }

    GroupProtocol(Keys keys, String group, String member, Set<String> domains, RedisSettings settings) {
        this.keys = keys;
        this.group = group;
        this.groupName = Keys.bytes(group);
        this.member = Keys.bytes(member);
        this.domains = String.join(",", domains);
        this.leaseMillis = number(settings.lease().toMillis());
        this.retained = number(settings.retained());
    }

    private static byte[] number(long value) {
        return Keys.bytes(Long.toString(value));
    }

    Future<List<Object>> join(Link.Connected connected) {
        return membership(connected, leaseMillis);
    }

    Future<List<Object>> leave(Link.Connected connected) {
        return membership(connected, number(0));
    }

    private Future<List<Object>> membership(Link.Connected connected, byte[] millis) {
        return connected.run(Script.JOIN, List.of(keys.members(group)), List.of(member, Keys.bytes(domains), millis));
    }

    /// The living members, in an order that is the same for each of them.
    static List<Living> living(List<Object> answer) {
        List<Living> living = new ArrayList<>(answer.size() / 2);
        for (int at = 0; at + 1 < answer.size(); at += 2) {
            String wanted = text(answer.get(at + 1));
            living.add(new Living(text(answer.get(at)), wanted.isEmpty() ? Set.of() : Set.of(wanted.split(",", -1))));
        }
        living.sort((one, other) -> one.member.compareTo(other.member));
        return living;
    }

    /// Makes sure that the group is known in a partition.
    Future<List<Object>> prepare(Link.Connected connected, Partition partition, boolean fromEnd) {
        return connected.run(
                Script.ACQUIRE,
                streamAndLease(partition),
                List.of(groupName, member, number(0), Keys.bytes(fromEnd ? "$" : "0"), NOTHING));
    }

    /// @param known the last entry that this member knows of
    Future<List<Object>> acquire(Link.Connected connected, Partition partition, EntryId known) {
        return connected.run(
                Script.ACQUIRE,
                streamAndLease(partition),
                List.of(groupName, member, leaseMillis, number(0), Keys.bytes(known.toString())));
    }

    private List<byte[]> streamAndLease(Partition partition) {
        return List.of(Keys.bytes(keys.stream(partition)), keys.lease(partition, group));
    }

    /// What was acquired; null if somebody else has it.
    static @Nullable Acquired acquired(List<Object> answer) {
        if (answer.isEmpty()) {
            return null;
        }
        Set<EntryId> done = new HashSet<>();
        String ids = text(answer.get(5));
        if (!ids.isEmpty()) {
            for (String id : ids.split(" ", -1)) {
                done.add(EntryId.parse(id));
            }
        }
        return new Acquired(
                (Long) answer.get(0),
                new Position(EntryId.parse(text(answer.get(1))), (Long) answer.get(2)),
                (Long) answer.get(3) == 1,
                (Long) answer.get(4),
                done,
                gap(answer.get(6)));
    }

    /// @param position to be saved; null leaves it
    /// @param done as [Assignment#done] gives it
    /// @param known the last entry that was read
    Future<List<Object>> tend(
            Link.Connected connected,
            Assignment assignment,
            @Nullable Position position,
            String done,
            Intent intent,
            EntryId known) {
        return connected.run(
                Script.TEND,
                streamAndLease(assignment.partition()),
                List.of(
                        groupName,
                        member,
                        number(assignment.epoch()),
                        position == null ? NOTHING : Keys.bytes(position.id().toString()),
                        position == null ? NOTHING : number(position.read()),
                        Keys.bytes(done),
                        Keys.bytes(
                                switch (intent) {
                                    case KEEP -> "keep";
                                    case EXTEND -> "extend";
                                    case RELEASE -> "release";
                                }),
                        leaseMillis,
                        retained,
                        Keys.bytes(known.toString())));
    }

    static Tended tended(List<Object> answer) {
        if ((Long) answer.getFirst() == 1) {
            return answer.size() < 4
                    ? new Tended.Held(null)
                    : new Tended.Held(new Extent(
                            (Long) answer.get(1),
                            EntryId.parse(text(answer.get(2))),
                            EntryId.parse(text(answer.get(3))),
                            gap(answer.get(4))));
        }
        return text(answer.get(1)).equals("gone") ? new Tended.Gone() : new Tended.Taken();
    }

    RedisFuture<List<Object>> lag(Link.Connected connected, Partition partition) {
        return connected.run(Script.LAG, List.of(Keys.bytes(keys.stream(partition))), List.of(groupName));
    }

    private static @Nullable EntryId gap(Object answer) {
        String id = text(answer);
        return id.isEmpty() ? null : EntryId.parse(id);
    }

    private static String text(Object bytes) {
        return new String((byte[]) bytes, UTF_8);
    }
}
