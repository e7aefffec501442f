package ai.tradesense.rabbitmq;

import ai.tradesense.rabbitmq.StreamBroker.Purpose;
import com.rabbitmq.stream.OffsetSpecification;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What was read of a stream and not taken yet. It reads on as long as there is room, on whichever connection there
/// is, and notices what is missing: messages that were removed before they were read, and a stream that is another
/// one than before. Nothing behind a gap is taken until somebody has looked whether messages are gone there.
///
/// Safe for use by several threads.
final class StreamReadAhead implements StreamLink.Reader {
    /// How many messages are read ahead before reading pauses.
    private static final int ENOUGH_MESSAGES = 4_000;

    private static final int ENOUGH_BYTES = 4 << 20;
    private static final int CREDITS = 8;

    /// So many chunks are asked for together: the broker gives those in one go, with less work for each.
    private static final int ASKED_TOGETHER = CREDITS / 2;

    private static final Logger LOG = LoggerFactory.getLogger(StreamReadAhead.class);

    /// Who takes messages, in order and while nothing else is read or taken. Must not block. Says each time whether
    /// another one is wanted.
    interface Taker {
        boolean take(long offset, byte[] body);

        /// In the place of messages that are gone.
        boolean take(Loss loss);
    }

    @SuppressWarnings("ArrayRecordComponent") // raw bytes, handed over and never compared
    private record Entry(long offset, byte[] body) {}

    /// Where reading is.
    private record Reading(StreamLink link, CompletableFuture<Integer> id) {}

    /// Messages that should have been there.
    record Gap(long from, long behind) {}

    /// A gap in which messages were.
    record Loss(Gap gap, String text) {}

    private final String stream;
    private final long start;
    private final Consumer<byte[]> passed;
    private final Runnable ready;
    private final Runnable broken;
    private volatile boolean ended;

    // Guarded by this.
    private final ArrayDeque<Entry> entries = new ArrayDeque<>();
    private @Nullable Reading reading;
    private int bytes;
    private int owed; // chunks that came and for which no others were asked
    private long next; // the offset that is read next
    private long taken; // and the one that is taken next
    private long chunkEnd;
    private boolean first; // the next message is the first one since reading began
    private byte @Nullable [] last; // the message before it
    private boolean replaced;
    private final ArrayDeque<Gap> gaps = new ArrayDeque<>(); // that nobody has looked into
    private final ArrayDeque<Loss> losses = new ArrayDeque<>(); // before those
    private long end; // of the stream, as it was known last

    /// @param start the offset of the first message to be taken
    /// @param before how many messages before it are read
    /// @param passed told those, while nothing else is read or taken; must not block
    /// @param ready called when there is something to take and there was nothing before; must not block
    /// @param broken called when reading has ended, or something is missing; must not block
    StreamReadAhead(String stream, long start, int before, Consumer<byte[]> passed, Runnable ready, Runnable broken) {
        this.stream = stream;
        this.start = start;
        this.passed = passed;
        this.ready = ready;
        this.broken = broken;
        this.next = Math.max(0, start - before);
        this.taken = start;
        this.end = start; // at least
    }

    String stream() {
        return stream;
    }

    // Reading.

    synchronized boolean isReading() {
        return reading != null || ended;
    }

    /// Reads on from where reading was. Blocks.
    void read(StreamBroker broker, StreamTail tail) {
        long known = tail.end(stream);
        StreamLink link = broker.toRead(stream, Purpose.READING);
        CompletableFuture<Integer> id = new CompletableFuture<>();
        long from;
        synchronized (this) {
            if (ended) {
                return;
            }
            if (known < Math.max(end, next)) {
                replaced = true; // it has less than was there before
            }
            if (replaced) {
                return;
            }
            end = Math.max(end, known);
            from = last == null ? next : next - 1; // to see that it is the same stream
            first = true;
            owed = 0;
            chunkEnd = 0;
            reading = new Reading(link, id);
        }
        try {
            OffsetSpecification where = from == 0 ? OffsetSpecification.first() : OffsetSpecification.offset(from);
            id.complete(broker.asked(() -> link.subscribe(stream, where, CREDITS, this)));
        } catch (RuntimeException failure) {
            id.completeExceptionally(failure);
            synchronized (this) {
                reading = null;
            }
            throw failure;
        }
        if (ended) {
            leave(new Reading(link, id));
        }
    }

    /// The stream ends here, as far as was asked.
    synchronized void knowEnd(long at) {
        end = Math.max(end, at);
    }

    /// Whether more is there than is read ahead, so that its end should be asked for.
    synchronized boolean isFull() {
        return owed >= ASKED_TOGETHER;
    }

    @Override
    public void chunk(long firstOffset, long messages) {
        Runnable asking;
        synchronized (this) {
            if (chunkEnd > next && !ended) { // the client could not read a message
                LOG.error("{}: not all messages up to {} could be read; reading again from {}", stream, chunkEnd, next);
                abandon();
                return;
            }
            chunkEnd = firstOffset + messages;
            owed++;
            asking = ask(ENOUGH_MESSAGES, ENOUGH_BYTES);
        }
        asking.run();
    }

    /// What asks for more chunks, if there is less than so much to take. Guarded by this, but not when it runs.
    private Runnable ask(int messages, int bytesOfThem) {
        Reading now = reading;
        if (now == null || !isFull() || entries.size() >= messages || bytes >= bytesOfThem) {
            return () -> {};
        }
        int chunks = owed;
        owed = 0;
        return () -> {
            CompletableFuture<Void> _ = now.id.thenAccept(id -> now.link.credit(id, chunks));
        };
    }

    private void abandon() {
        Reading bad = reading;
        if (bad != null) {
            bad.link.abandon();
        }
    }

    @Override
    public void message(long offset, byte[] body) {
        boolean wasEmpty;
        synchronized (this) {
            byte[] known = last;
            if (first && offset == next - 1 && known != null && !Arrays.equals(known, body)) {
                replaced = true;
                broken.run();
            }
            if (ended || replaced || offset < next) {
                return;
            }
            last = body;
            if (offset < start) {
                next = offset + 1;
                first = false;
                passed.accept(body);
                return;
            }
            long expected = Math.max(next, start);
            if (offset > expected && (first || offset > expected + 1)) { // else it is the broker's own note
                gaps.add(new Gap(expected, offset));
                broken.run();
            }
            first = false;
            next = offset + 1;
            end = Math.max(end, next);
            if (StreamMessages.isMark(body)) {
                return;
            }
            wasEmpty = entries.isEmpty();
            entries.add(new Entry(offset, body));
            bytes += body.length;
        }
        if (wasEmpty) {
            ready.run();
        }
    }

    @Override
    public void ended(RabbitTransportException why) {
        synchronized (this) {
            reading = null;
        }
        broken.run();
    }

    /// Whether the stream was deleted and made anew, so that its numbers mean something else.
    synchronized boolean isReplaced() {
        return replaced;
    }

    /// Messages that were skipped, to be looked into before anything behind them is taken; null if there are none.
    synchronized @Nullable Gap gap() {
        return gaps.peek();
    }

    /// Somebody has looked into a gap, which is the first.
    ///
    /// @param loss what to say of messages that were there; null if none were
    void lookedInto(Gap gap, @Nullable String loss) {
        synchronized (this) {
            if (ended || !gap.equals(gaps.peek())) {
                return;
            }
            gaps.remove();
            if (loss != null) {
                losses.add(new Loss(gap, loss));
            }
        }
        ready.run();
    }

    // Taking.

    /// Whether there is nothing to take now.
    synchronized boolean isEmpty() {
        return losses.isEmpty() && nextEntry() == null;
    }

    /// The next message; null if there is none, or what is before it is not known.
    private @Nullable Entry nextEntry() {
        Entry entry = entries.peek();
        Gap gap = gaps.peek();
        return entry == null || (gap != null && entry.offset >= gap.behind) ? null : entry;
    }

    /// Gives what is there, message by message, as long as another one is wanted.
    void take(Taker taker) {
        Runnable asking;
        synchronized (this) {
            boolean wanted = !ended;
            while (wanted && !isEmpty()) {
                wanted = takeNext(taker);
            }
            asking = ask(ENOUGH_MESSAGES / 2, ENOUGH_BYTES / 2);
        }
        asking.run();
    }

    private boolean takeNext(Taker taker) {
        Entry entry = nextEntry();
        Loss loss = losses.peek();
        if (loss != null && (entry == null || entry.offset >= loss.gap.behind)) {
            losses.remove();
            taken = loss.gap.behind;
            return taker.take(loss);
        }
        Entry message = entries.remove();
        bytes -= message.body.length;
        taken = message.offset + 1;
        return taker.take(message.offset, message.body);
    }

    /// The offset before which everything was taken, or is not to be taken.
    synchronized long takenUpTo() {
        boolean nothingLeft = entries.isEmpty() && losses.isEmpty() && gaps.isEmpty();
        return nothingLeft && !ended ? Math.max(taken, next) : taken;
    }

    /// How many messages are there that were not taken, as far as is known.
    synchronized long left() {
        return entries.size() + losses.size() + Math.max(0, end - Math.max(next, start));
    }

    // Ending.

    /// Nothing is taken from now on, and nothing is read.
    void end() {
        ended = true;
        Reading last;
        synchronized (this) {
            last = reading;
            reading = null;
            entries.clear();
            losses.clear();
            gaps.clear();
        }
        if (last != null && last.id.isDone() && !last.id.isCompletedExceptionally()) {
            Thread.ofVirtual().name("rabbitmq-stream-leave").start(() -> leave(last));
        }
    }

    private static void leave(Reading last) {
        try {
            last.link.unsubscribe(last.id.join());
        } catch (RuntimeException silent) {
            LOG.debug("a reader could not be ended", silent);
        }
    }

    boolean hasEnded() {
        return ended;
    }
}
