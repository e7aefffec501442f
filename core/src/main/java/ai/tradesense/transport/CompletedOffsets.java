package ai.tradesense.transport;

import java.util.BitSet;
import java.util.function.ToLongFunction;

/// Which offsets of one partition are done with, while work completes in any order.
///
/// A consumer may only commit a position below which everything is done: after a crash it starts again from there, and
/// what it jumped over would be lost. So every delivered offset leaves a bit behind that its completion clears, and the
/// **low mark** is the lowest bit still set, or the offset behind the last one read if none is. Offsets that nobody
/// was given (of a foreign domain, of an aborted transaction) leave no bit and hold nothing up. A transport may store
/// [#completed] beside its position, as Confluent's parallel consumer does in the metadata of its commits, so that
/// what is done above the low mark does not come again after a crash.
///
/// The bits are a ring that grows with the distance between the low mark and the newest offset, one bit each: a
/// million offsets behind one that does not end take 128 KiB. The low mark moves over 64 offsets at a time and never
/// back, so that an offset costs a constant time on average.
///
/// Offsets are delivered in ascending order. Safe for use by several threads; a batch takes the lock once.
public final class CompletedOffsets {
    /// The longest distance between the low mark and the newest offset, in offsets: 128 MiB of bits.
    public static final long MAX_SPAN = 1L << 30;

    private static final int FIRST_WORDS = 64;

    private long[] pending = new long[FIRST_WORDS]; // a ring of words; word w of the offsets is at w & (length - 1)
    private long lowMark;
    private long end; // behind the last offset that was read
    private int outstanding;

    /// Starts where everything before `first` is done with.
    public CompletedOffsets(long first) {
        if (first < 0) {
            throw new IllegalArgumentException("the first offset is " + first + ", expected 0 or more");
        }
        this.lowMark = first;
        this.end = first;
    }

    /// An offset was delivered; those skipped since the last one are done with.
    ///
    /// @throws IllegalArgumentException if an offset from here on was delivered or skipped before
    /// @throws IllegalStateException if the distance to the low mark would exceed [#MAX_SPAN]
    public synchronized void deliver(long offset) {
        add(offset);
    }

    /// A batch was delivered, in ascending order.
    public synchronized <T> void deliver(Iterable<? extends T> batch, ToLongFunction<? super T> offsetOf) {
        for (T delivered : batch) {
            add(offsetOf.applyAsLong(delivered));
        }
    }

    private void add(long offset) {
        if (offset < end) {
            throw new IllegalArgumentException("offset " + offset + " was read before; expected " + end + " or more");
        }
        if (outstanding == 0) {
            lowMark = offset;
        }
        long span = offset - lowMark + 1;
        if (span > MAX_SPAN) {
            throw new IllegalStateException(
                    "offset " + lowMark + " is not done with, " + span + " offsets on; at most " + MAX_SPAN);
        }
        growTo(offset);
        pending[wordOf(offset)] |= 1L << offset;
        outstanding++;
        end = offset + 1;
    }

    /// Everything below `next` that was not delivered is done with.
    public synchronized void skipTo(long next) {
        if (next > end) {
            end = next;
            if (outstanding == 0) {
                lowMark = next;
            }
        }
    }

    /// An offset is done with.
    ///
    /// @return false if it is not outstanding: never delivered, or done with before
    public synchronized boolean complete(long offset) {
        return remove(offset);
    }

    /// A batch is done with, in any order.
    ///
    /// @return how many were outstanding
    public synchronized <T> int complete(Iterable<? extends T> batch, ToLongFunction<? super T> offsetOf) {
        int completed = 0;
        for (T done : batch) {
            if (remove(offsetOf.applyAsLong(done))) {
                completed++;
            }
        }
        return completed;
    }

    private boolean remove(long offset) {
        if (!inRing(offset)) {
            return false;
        }
        int word = wordOf(offset);
        long bit = 1L << offset;
        if ((pending[word] & bit) == 0) {
            return false;
        }
        pending[word] &= ~bit;
        outstanding--;
        if (offset == lowMark) {
            raiseLowMark();
        }
        return true;
    }

    private boolean inRing(long offset) {
        return offset >= lowMark && (offset >> 6) - (lowMark >> 6) < pending.length;
    }

    private void raiseLowMark() {
        if (outstanding == 0) {
            lowMark = end;
            return;
        }
        long word = lowMark >> 6;
        while (pending[(int) word & (pending.length - 1)] == 0) {
            word++;
        }
        lowMark = (word << 6) + Long.numberOfTrailingZeros(pending[(int) word & (pending.length - 1)]);
    }

    private int wordOf(long offset) {
        return (int) (offset >> 6) & (pending.length - 1);
    }

    private void growTo(long offset) {
        long words = (offset >> 6) - (lowMark >> 6) + 1;
        if (words <= pending.length) {
            return;
        }
        int length = pending.length;
        while (length < words) {
            length *= 2;
        }
        long[] grown = new long[length];
        long first = lowMark >> 6;
        for (long word = first; word < first + pending.length; word++) {
            grown[(int) word & (length - 1)] = pending[(int) word & (pending.length - 1)];
        }
        pending = grown;
    }

    /// Whether an offset was delivered and is not done with.
    public synchronized boolean isOutstanding(long offset) {
        return inRing(offset) && (pending[wordOf(offset)] & (1L << offset)) != 0;
    }

    /// The lowest offset that is not done with; where a successor would start.
    public synchronized long lowMark() {
        return lowMark;
    }

    /// Which offsets from the low mark on are done with, or were skipped, as far as any was read: bit 0 is the low
    /// mark. At most the next `most` are looked at.
    public synchronized BitSet completed(int most) {
        BitSet completed = new BitSet();
        if (outstanding == 0) {
            return completed;
        }
        int length = (int) Math.min(end - lowMark, most);
        int index = 0;
        while (index < length) {
            long offset = lowMark + index;
            long word = pending[wordOf(offset)] >>> offset; // a shift counts modulo 64
            int bits = (int) Math.min(64 - (offset & 63), length - index);
            for (long done = ~word & lowest(bits); done != 0; done &= done - 1) {
                completed.set(index + Long.numberOfTrailingZeros(done));
            }
            index += bits;
        }
        return completed;
    }

    private static long lowest(int bits) {
        return bits == 64 ? -1L : (1L << bits) - 1;
    }

    /// How many delivered offsets are not done with.
    public synchronized int outstanding() {
        return outstanding;
    }

    @Override
    public synchronized String toString() {
        return "done below " + lowMark + ", " + outstanding + " outstanding below " + end;
    }
}
