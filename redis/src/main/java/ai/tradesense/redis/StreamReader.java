package ai.tradesense.redis;

import ai.tradesense.redis.RedisTransportException.Reason;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.protocol.CommandArgs;
import io.lettuce.core.protocol.CommandType;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads ahead for one subscription, from all its partitions in one command over a connection of its own.
/// While there is room everywhere, the command waits at the server for what comes next, so that an event is
/// on its way to its consumer the moment it is stored; the answer starts the next command.
final class StreamReader implements AutoCloseable {
    private static final Duration WAIT_AT_SERVER = Duration.ofMillis(250);
    private static final int REPLY_BYTES = 4 << 20;
    private static final int FIRST_GUESS_BYTES = 16 << 10;
    private static final int MAX_ENTRIES = 1_000;

    private final Link link;
    private final Runnable signal;
    private final Runnable doubt;

    // Guarded by this.
    private boolean underWay;
    private long answerDue; // in nanoseconds of the JVM
    private @Nullable RedisTransportException failure;
    private int averageBytes = FIRST_GUESS_BYTES;
    private List<Assignment> assignments = List.of();
    private Link.@Nullable Connected reading;
    private boolean closed;

    /// @param signal runs when something was read, or could not be
    /// @param doubt runs when the server does not have the last entry that was read
    StreamReader(Link link, Runnable signal, Runnable doubt) {
        this.link = link;
        this.signal = signal;
        this.doubt = doubt;
    }

    /// What went wrong since this was asked last; null if nothing did.
    synchronized @Nullable RedisTransportException takeFailure() {
        RedisTransportException taken = failure;
        failure = null;
        return taken;
    }

    /// Reads on, from these partitions from now on, unless it does already. Connects if it must, and then
    /// blocks.
    void readOn(List<Assignment> from) {
        synchronized (this) {
            assignments = from;
            if (underWay || closed) {
                giveUpIfSilent();
                return;
            }
        }
        if (from.stream().noneMatch(Assignment::hasRoom)) {
            return;
        }
        try {
            Link.Connected connected = link.connected();
            synchronized (this) {
                if (!underWay && !closed) {
                    send(connected);
                }
            }
        } catch (RedisTransportException unreachable) {
            fail(unreachable);
        }
    }

    private void giveUpIfSilent() {
        Link.Connected silent = reading;
        if (underWay && silent != null && System.nanoTime() - answerDue > 0) {
            underWay = false;
            failure = new RedisTransportException(
                    Reason.NO_ANSWER, link.address() + " has not answered within " + link.timeout(), null);
            link.abandon(silent);
        }
    }

    /// Holds the lock.
    private void send(Link.Connected connected) {
        Map<String, Assignment> asked = new HashMap<>();
        List<Assignment> living =
                assignments.stream().filter(each -> !each.hasEnded()).toList();
        for (Assignment assignment : living) {
            if (assignment.hasRoom()) {
                asked.put(assignment.stream(), assignment);
            }
        }
        if (asked.isEmpty()) {
            return;
        }
        CommandArgs<byte[], byte[]> arguments = new CommandArgs<>(ByteArrayCodec.INSTANCE)
                .add("COUNT")
                .add(Math.clamp(REPLY_BYTES / ((long) averageBytes * asked.size()), 1, MAX_ENTRIES));
        if (asked.size() == living.size()) {
            arguments.add("BLOCK").add(WAIT_AT_SERVER.toMillis());
        }
        arguments.add("STREAMS");
        asked.values().forEach(assignment -> arguments.addKey(Keys.bytes(assignment.stream())));
        Set<Assignment> lookingBack = new HashSet<>();
        for (Assignment assignment : asked.values()) {
            EntryId from = assignment.lastRead();
            if (assignment.mustLookBack(connected)) {
                lookingBack.add(assignment);
                from = from.before();
            }
            arguments.add(from.toString());
        }
        underWay = true;
        reading = connected;
        answerDue = System.nanoTime() + WAIT_AT_SERVER.plus(link.timeout()).toNanos();
        connected.dispatch(CommandType.XREAD, new EntriesOutput(), arguments).whenComplete((streams, problem) -> {
            if (problem != null) {
                fail(connected, problem);
            } else {
                lookBack(lookingBack, streams);
                take(connected, asked, streams);
            }
        });
    }

    private void lookBack(Set<Assignment> lookingBack, List<EntriesOutput.OfStream> streams) {
        boolean doubtful = false;
        for (Assignment assignment : lookingBack) {
            List<Entry> entries = streams.stream()
                    .filter(stream -> stream.key().equals(assignment.stream()))
                    .findFirst()
                    .map(EntriesOutput.OfStream::entries)
                    .orElse(List.of());
            doubtful |= !assignment.lookBack(entries);
        }
        if (doubtful) {
            doubt.run();
        }
    }

    private void take(Link.Connected connected, Map<String, Assignment> asked, List<EntriesOutput.OfStream> streams) {
        for (EntriesOutput.OfStream stream : streams) {
            Assignment assignment = asked.get(stream.key());
            if (assignment != null && !assignment.reading().doubted()) {
                assignment.read(stream.entries(), connected);
            }
        }
        synchronized (this) {
            if (!underWay || !connected.equals(reading)) {
                return; // it was given up meanwhile
            }
            underWay = false;
            streams.forEach(stream -> learnSize(stream.entries()));
            if (!closed) {
                sendUnlessIdle(connected, streams);
            }
        }
        if (!streams.isEmpty()) {
            signal.run();
        }
    }

    /// A command that did not wait at the server and found nothing must not follow itself: the next poll
    /// reads on.
    private void sendUnlessIdle(Link.Connected connected, List<EntriesOutput.OfStream> streams) {
        boolean roomEverywhere = assignments.stream().allMatch(each -> each.hasEnded() || each.hasRoom());
        if (connected.connection().isOpen() && (!streams.isEmpty() || roomEverywhere)) {
            send(connected);
        }
    }

    /// Grows at once and shrinks slowly, so that large events do not come in large numbers.
    private void learnSize(List<Entry> entries) {
        long bytes = 0;
        for (Entry entry : entries) {
            bytes += entry.body().length;
        }
        int average = (int) (bytes / entries.size()) + 64;
        averageBytes = average > averageBytes ? average : averageBytes - (averageBytes - average) / 4;
    }

    private void fail(Link.Connected connected, Throwable problem) {
        synchronized (this) {
            if (!underWay || !connected.equals(reading)) {
                return;
            }
            underWay = false;
        }
        fail(link.translate(problem));
    }

    private void fail(RedisTransportException problem) {
        synchronized (this) {
            if (closed) {
                return;
            }
            failure = problem;
        }
        signal.run();
    }

    @Override
    public void close() {
        synchronized (this) {
            closed = true;
        }
        link.close();
    }
}
