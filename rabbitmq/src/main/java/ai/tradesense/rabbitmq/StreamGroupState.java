package ai.tradesense.rabbitmq;

import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.Partition;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What the lines of a group's log come to: who lives, who has which partition in which epoch, and how far each is
/// done with. Whoever reads the same lines in the same order comes to the same, and that is what keeps two members
/// from having a partition at once:
///
/// ```
/// joined Trading                                the group wants a domain; * for all
/// start Trading 3 120                           where it begins, unless that is known
/// lives MEMBER 17 250 Trading,Risk              the 17th sign of life; events not settled; domains, * for all
/// gone MEMBER
/// claim Trading 3 5 MEMBER 16                   takes the partition in epoch 5, if its owner was last heard with
/// 16 done Trading 3 5 1200 3-9,12                  everything below 1200 is done with, and 1203 to 1209, and 1212
/// release Trading 3 5 1200 -                    the same, and the partition is free
/// reset Trading 3 6 MEMBER                      its owner begins anew in epoch 6: the stream was deleted
/// is Trading 3 5 MEMBER 1200 -                  says again what was said before, since old lines are removed
/// ```
///
/// A claim counts if its epoch is higher than the one before, and if no sign of life of the owner stands before it
/// that the claimant had not seen. What comes of an older epoch after it is ignored. Lines may be repeated, and
/// lost lines be said again; epochs only ever rise, and positions within one.
///
/// Safe for use by several threads.
final class StreamGroupState {
    /// In the place of a domain: all.
    static final String ALL = "*";

    private static final String NOBODY = "-";

    /// A member, as it was heard last.
    ///
    /// @param domains those it wants; none means all
    /// @param heardAt in nanoseconds of this JVM
    record Living(String member, long beat, long unsettled, Set<String> domains, long heardAt) {
        boolean wants(String domain) {
            return domains.isEmpty() || domains.contains(domain);
        }
    }

    /// Who has a partition.
    ///
    /// @param owner null if it is free
    /// @param position everything below is done with
    /// @param done what is done with from the position on; bit 0 is the position
    record Lease(long epoch, @Nullable String owner, long position, BitSet done) {
        static final Lease NONE = new Lease(0, null, 0, new BitSet());
    }

    /// What a line came to.
    enum Effect {
        NOTHING,
        /// Somebody came or went, or a partition changed hands.
        CHANGED
    }

    private final Map<Partition, Lease> leases = new HashMap<>();
    private final Map<String, Living> members = new TreeMap<>();
    private final Set<String> joined = new HashSet<>();

    // Lines that are written.

    static String joined(String domain) {
        return "joined " + domain;
    }

    static String start(Partition partition, long position) {
        return "start " + words(partition) + " " + position;
    }

    static String lives(String member, long beat, long unsettled, GroupMembership membership) {
        return "lives " + member + " " + beat + " " + unsettled + " "
                + (membership.domains().isEmpty() ? ALL : String.join(",", membership.domains()));
    }

    static String gone(String member) {
        return "gone " + member;
    }

    /// A claim on a partition.
    ///
    /// @param of what the claimant has seen
    /// @param since an owner that was heard since then still has it
    /// @return null if the partition is another's by now, or its owner lives
    synchronized @Nullable String claim(Partition partition, Lease of, String member, long since) {
        Living owner = of.owner == null ? null : members.get(of.owner);
        boolean lives = owner != null && !owner.member.equals(member) && owner.heardAt - since >= 0;
        if (lives || !of.equals(lease(partition))) {
            return null;
        }
        return "claim " + words(partition) + " " + (of.epoch + 1) + " " + member + " "
                + (owner == null ? 0 : owner.beat);
    }

    static String reset(Partition partition, long epoch, String member) {
        return "reset " + words(partition) + " " + epoch + " " + member;
    }

    static String done(Partition partition, Lease lease) {
        return "done " + words(partition) + " " + lease.epoch + " " + lease.position + " "
                + StreamRanges.write(lease.done);
    }

    static String release(Partition partition, Lease lease) {
        return "release " + words(partition) + " " + lease.epoch + " " + lease.position + " "
                + StreamRanges.write(lease.done);
    }

    /// Says everything again that has no owner who says it.
    synchronized List<String> restated(Set<String> living) {
        List<String> lines = new ArrayList<>();
        joined.forEach(domain -> lines.add(joined(domain)));
        leases.forEach((partition, lease) -> {
            if (lease.epoch == 0) {
                lines.add(start(partition, lease.position));
            } else if (lease.owner == null || !living.contains(lease.owner)) {
                lines.add(is(partition, lease));
            }
        });
        return lines;
    }

    static String is(Partition partition, Lease lease) {
        return "is " + words(partition) + " " + lease.epoch + " " + (lease.owner == null ? NOBODY : lease.owner) + " "
                + lease.position + " " + StreamRanges.write(lease.done);
    }

    private static String words(Partition partition) {
        return partition.topic() + " " + partition.number();
    }

    // Lines that are read.

    /// Takes a line to heart.
    ///
    /// @param now in nanoseconds of this JVM
    synchronized Effect apply(String line, long now) {
        String[] words = line.split(" ", -1);
        return switch (words[0]) {
            case "joined" -> joined.add(words[1]) ? Effect.CHANGED : Effect.NOTHING;
            case "start" -> {
                Partition partition = partition(words);
                leases.putIfAbsent(partition, new Lease(0, null, Long.parseLong(words[3]), new BitSet()));
                yield Effect.NOTHING;
            }
            case "lives" -> lives(words, now);
            case "gone" -> members.remove(words[1]) != null ? Effect.CHANGED : Effect.NOTHING;
            case "claim" -> claimed(partition(words), Long.parseLong(words[3]), words[4], Long.parseLong(words[5]));
            case "reset" -> begunAnew(partition(words), Long.parseLong(words[3]), words[4]);
            case "done" -> done(partition(words), Long.parseLong(words[3]), Long.parseLong(words[4]), words[5], false);
            case "release" ->
                done(partition(words), Long.parseLong(words[3]), Long.parseLong(words[4]), words[5], true);
            case "is" ->
                stated(partition(words), Long.parseLong(words[3]), words[4], Long.parseLong(words[5]), words[6]);
            default -> Effect.NOTHING; // of a later version
        };
    }

    private static Partition partition(String[] words) {
        return new Partition(words[1], Integer.parseInt(words[2]));
    }

    private Effect lives(String[] words, long now) {
        String member = words[1];
        Set<String> domains = words[4].equals(ALL) ? Set.of() : Set.of(words[4].split(",", -1));
        Living heard = new Living(member, Long.parseLong(words[2]), Long.parseLong(words[3]), domains, now);
        return members.put(member, heard) == null ? Effect.CHANGED : Effect.NOTHING;
    }

    private Effect claimed(Partition partition, long epoch, String member, long heardOfOwner) {
        Lease lease = lease(partition);
        if (epoch <= lease.epoch) {
            return Effect.NOTHING;
        }
        Living owner = lease.owner == null || lease.owner.equals(member) ? null : members.get(lease.owner);
        if (owner != null && owner.beat > heardOfOwner) {
            return Effect.NOTHING; // it lives, and the claimant had not heard of it yet
        }
        leases.put(partition, new Lease(epoch, member, lease.position, lease.done));
        return Effect.CHANGED;
    }

    private Effect begunAnew(Partition partition, long epoch, String member) {
        Lease lease = lease(partition);
        if (epoch != lease.epoch + 1 || !member.equals(lease.owner)) {
            return Effect.NOTHING;
        }
        leases.put(partition, new Lease(epoch, member, 0, new BitSet()));
        return Effect.CHANGED;
    }

    private Effect done(Partition partition, long epoch, long position, String ranges, boolean released) {
        Lease lease = lease(partition);
        if (epoch != lease.epoch || position < lease.position || lease.owner == null) {
            return Effect.NOTHING;
        }
        leases.put(partition, new Lease(epoch, released ? null : lease.owner, position, StreamRanges.read(ranges)));
        return released ? Effect.CHANGED : Effect.NOTHING;
    }

    private Effect stated(Partition partition, long epoch, String owner, long position, String ranges) {
        Lease lease = lease(partition);
        String stated = owner.equals(NOBODY) ? null : owner;
        if (!knows(partition) || epoch > lease.epoch) {
            leases.put(partition, new Lease(epoch, stated, position, StreamRanges.read(ranges)));
            return Effect.CHANGED;
        }
        if (epoch == lease.epoch) {
            String whose = lease.owner == null ? null : stated; // what is free stays so within an epoch
            leases.put(
                    partition,
                    position > lease.position
                            ? new Lease(epoch, whose, position, StreamRanges.read(ranges))
                            : new Lease(epoch, whose, lease.position, lease.done));
        }
        return Effect.NOTHING;
    }

    // What is known.

    synchronized Lease lease(Partition partition) {
        return leases.getOrDefault(partition, Lease.NONE);
    }

    /// Whether it is known where the group begins in a partition.
    synchronized boolean knows(Partition partition) {
        return leases.containsKey(partition);
    }

    /// Whether the group has joined for a domain, or for all of them.
    synchronized boolean hasJoined(String domain) {
        return joined.contains(domain) || joined.contains(ALL);
    }

    synchronized boolean hasJoinedAll() {
        return joined.contains(ALL);
    }

    /// The members that were heard since, in an order that is the same for each of them.
    synchronized List<Living> living(long since) {
        return members.values().stream()
                .filter(each -> each.heardAt - since >= 0)
                .toList();
    }
}
