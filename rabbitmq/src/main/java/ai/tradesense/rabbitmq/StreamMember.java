package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.RabbitTransportException.Reason;
import ai.tradesense.rabbitmq.StreamGroupState.Effect;
import ai.tradesense.rabbitmq.StreamGroupState.Lease;
import ai.tradesense.rabbitmq.StreamGroupState.Living;
import ai.tradesense.transport.GroupMembership;
import ai.tradesense.transport.GroupMembership.StartFrom;
import ai.tradesense.transport.Partition;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A member's view of its group's log, and its signs of life in it.
///
/// A member has its partitions until a lease after it wrote the last sign of life that has come back to it. Another
/// one takes it for dead only when it has heard none for a lease and a part of one, counted from when it heard the
/// last, which is later. Neither needs the time of the other's clock.
final class StreamMember {
    /// The log keeps eight times as much, so what counts is said again before it goes.
    private static final long SHOW_AGAIN_BYTES = 1L << 20;

    private static final int LINE_BYTES = 64; // what a line that stands alone takes besides its text
    private static final Logger LOG = LoggerFactory.getLogger(StreamMember.class);

    /// A sign of life that has not come back.
    private record Beat(long number, long writtenAt) {}

    private final RabbitStreamTransport transport;
    private final GroupMembership membership;
    private final String name = UUID.randomUUID().toString();
    private final StreamGroupState state = new StreamGroupState();
    private final StreamLines log;
    private final Duration lease;
    private final Runnable changed;
    private final AtomicLong readSinceShown = new AtomicLong(); // bytes
    private volatile long aliveUntil; // in nanoseconds of the JVM
    private volatile boolean alive;
    private volatile long readSince; // since when the log is followed without a break

    // Guarded by this.
    private final ArrayDeque<Beat> beats = new ArrayDeque<>();
    private final Map<Partition, Long> epochs = new HashMap<>(); // the latest that this member had
    private long beat;

    /// @param changed called when somebody came or went, a partition changed hands, or so much was written that this
    ///     member should show itself again; must not block
    StreamMember(RabbitStreamTransport transport, GroupMembership membership, Runnable changed) {
        this.transport = transport;
        this.membership = membership;
        this.lease = transport.settings().lease();
        this.changed = changed;
        this.log = new StreamLines(
                transport.broker(),
                transport.directory().groupLog(membership.group()),
                StreamDirectory.groupLogArguments(),
                this::read,
                changed);
    }

    String name() {
        return name;
    }

    StreamGroupState state() {
        return state;
    }

    boolean is(@Nullable String member) {
        return name.equals(member);
    }

    // Reading.

    /// Follows the log, unless it does. Blocks.
    void open() {
        if (!log.isOpen()) {
            boolean _ = log.open();
            readSince = System.nanoTime();
            synchronized (this) {
                beats.clear();
            }
        }
    }

    private void read(String line) {
        long now = System.nanoTime();
        Effect effect = state.apply(line, now);
        if (line.startsWith("lives " + name)) {
            comeBack(Long.parseLong(line.split(" ", 4)[2]));
        }
        int bytes = line.length() + LINE_BYTES;
        long read = readSinceShown.addAndGet(bytes);
        boolean isToShow = read >= SHOW_AGAIN_BYTES && read - bytes < SHOW_AGAIN_BYTES;
        if (effect == Effect.CHANGED || isToShow) {
            changed.run();
        }
    }

    private synchronized void comeBack(long number) {
        for (Beat oldest = beats.peek(); oldest != null && oldest.number <= number; oldest = beats.peek()) {
            beats.remove();
            if (oldest.number == number) {
                aliveUntil = oldest.writtenAt + lease.toNanos();
                alive = true;
            }
        }
    }

    /// Whether the partitions of this member may be another's by now.
    boolean hasLapsed(long now) {
        return !alive || now - aliveUntil >= 0;
    }

    /// The members that live, this one among them.
    List<Living> living() {
        long now = System.nanoTime();
        long patience = lease.toNanos() + lease.toNanos() / 8;
        List<Living> living = new ArrayList<>(state.living(now - patience));
        living.removeIf(each -> is(each.member()));
        living.add(new Living(name, 0, 0, membership.domains(), now));
        living.sort((one, other) -> one.member().compareTo(other.member()));
        return living;
    }

    Set<String> names(List<Living> living) {
        return living.stream().map(Living::member).collect(Collectors.toCollection(HashSet::new));
    }

    /// Whether a partition is to be this member's: those of a domain go around among the members that want it.
    boolean isToOwn(Partition partition, List<Living> eligible) {
        int turn = Math.floorMod(partition.topic().hashCode() + partition.number(), eligible.size());
        return is(eligible.get(turn).member());
    }

    /// Whether it is still this member's, as far as the log was read.
    boolean holds(StreamAssignment assignment) {
        Lease now = state.lease(assignment.partition());
        return is(now.owner()) && now.epoch() == assignment.epoch();
    }

    /// Whether this member had no partition in this epoch yet.
    synchronized boolean isNew(Partition partition, long epoch) {
        return epoch > epochs.getOrDefault(partition, 0L);
    }

    synchronized void has(Partition partition, long epoch) {
        epochs.put(partition, epoch);
    }

    /// A claim on a partition that is free or has lost its owner; null if that is not certain. Whoever has not heard
    /// the owner is to have listened long enough.
    @Nullable
    String claim(Partition partition, Lease of) {
        long patience = lease.toNanos() + lease.toNanos() / 8;
        long now = System.nanoTime();
        boolean isSure = of.owner() == null || is(of.owner()) || now - readSince >= patience;
        return isSure ? state.claim(partition, of, name, now - patience) : null;
    }

    // Writing.

    /// @throws RabbitTransportException if signs of life do not come back
    void requireHeard() {
        long now = System.nanoTime();
        boolean silent;
        synchronized (this) {
            Beat oldest = beats.peek();
            silent = oldest != null
                    && now - oldest.writtenAt > transport.settings().timeout().toNanos();
        }
        if (silent) {
            log.abandon();
            throw new RabbitTransportException(
                    Reason.NO_ANSWER,
                    transport.broker().address() + " has not answered within "
                            + transport.settings().timeout(),
                    null);
        }
    }

    /// Says that this member lives, and what else it has to say.
    void show(List<Living> living, long unsettled, List<String> lines) {
        readSinceShown.set(0);
        List<String> all = new ArrayList<>();
        synchronized (this) {
            beat++;
            beats.add(new Beat(beat, System.nanoTime()));
            all.add(StreamGroupState.lives(name, beat, unsettled, membership));
        }
        all.addAll(lines);
        if (is(living.getFirst().member())) {
            all.addAll(state.restated(names(living)));
        }
        log.write(all);
    }

    void write(List<String> lines) {
        log.write(lines);
    }

    /// Says where the group begins, unless that is known. Blocks.
    void join() {
        open();
        Set<String> unknown = transport.domainsOf(membership);
        unknown.removeIf(state::hasJoined);
        List<String> lines = new ArrayList<>();
        for (String domain : unknown) {
            for (Partition partition : transport.partitioning().ofDomain(domain)) {
                if (!state.knows(partition)) {
                    String stream = transport.directory().stream(partition);
                    StreamTail tail = transport.tail();
                    long position = transport
                            .directory()
                            .asked(
                                    partition,
                                    () -> membership.startFrom() == StartFrom.BEGINNING
                                            ? tail.first(stream)
                                            : tail.end(stream));
                    lines.add(StreamGroupState.start(partition, position));
                }
            }
            lines.add(StreamGroupState.joined(domain));
        }
        if (membership.domains().isEmpty() && !state.hasJoinedAll()) {
            lines.add(StreamGroupState.joined(StreamGroupState.ALL));
        }
        if (!lines.isEmpty()) {
            log.writeAndAwait(lines);
        }
    }

    /// Says goodbye, and what else is to be said last. Blocks.
    void leave(List<String> lines) {
        if (!log.isOpen()) {
            LOG.warn(
                    "group {} is left without a word: its partitions are free when the lease has lapsed, and what was"
                            + " settled last may come again",
                    membership.group());
            return;
        }
        List<String> all = new ArrayList<>(lines);
        all.add(StreamGroupState.gone(name));
        try {
            log.writeAndAwait(all);
        } catch (RabbitTransportException failure) {
            LOG.warn(
                    "group {} is left without an answer: its partitions are free when the lease has lapsed, and what"
                            + " was settled last may come again",
                    membership.group(),
                    failure);
        }
        log.close();
    }
}
