package ai.tradesense.jdbc;

import ai.tradesense.jdbc.Verification.Fault;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/// How far a check of a log has come, and what it found: compares what is stored with its record of hashes, in
/// the order of positions, up to the first fault.
final class LogCheck {
    /// The fault of an event that is gone although nobody recorded that it was removed.
    static final String UNRECORDED_REMOVAL = "removed: the record of removals does not know it";

    /// The fault of a batch that is not what a removal left of it.
    static final String NOT_WHAT_WAS_LEFT = "changed: not what was left there when events were removed";

    private final Verification.Progress progress;
    private final RetentionChain chain = new RetentionChain();
    private final long end;
    private long next = 1;
    private long unrecorded;
    private long removed;
    private byte[] hash = BatchHash.NOTHING;
    private boolean recorded;
    private @Nullable Fault fault;

    /// @param end the last position that is to be checked
    LogCheck(long end, Verification.Progress progress) {
        this.end = end;
        this.progress = progress;
    }

    boolean isSound() {
        return fault == null;
    }

    /// The position that comes next.
    long next() {
        return next;
    }

    long end() {
        return end;
    }

    /// The hash that stands for everything up to here.
    byte[] hash() {
        return hash;
    }

    void fault(long first, long last, String problem) {
        if (fault == null) {
            fault = new Fault(first, last, problem);
        }
    }

    /// Whether what stands at a position is what comes next.
    boolean follows(long first) {
        if (first > next) {
            fault(next, first - 1, "missing: nothing is stored there");
        } else if (first < next) {
            fault(first, first, "out of order: stored a second time, or at a position that the log does not have");
        }
        return first == next;
    }

    /// Takes events that follow and that no hash stands for: only those that were stored before there were any.
    void unrecorded(long count) {
        if (recorded) {
            fault(next, next + count - 1, "inserted: the record of what was appended does not know it");
        } else {
            unrecorded += count;
            advance(count);
        }
    }

    /// Takes events that follow, and the hash that was noted of them.
    boolean recorded(int count, byte[] noted, byte[] found) {
        if (Arrays.equals(noted, found)) {
            recorded = true;
            hash = noted;
            advance(count);
            return true;
        }
        return false;
    }

    /// Takes events that follow of which some were removed, as the record of removals says.
    ///
    /// @param noted the hash of the batch as it was appended; null if it was when there were none
    void pruned(int count, byte @Nullable [] noted, int gone) {
        removed += gone;
        if (noted == null) {
            unrecorded(count);
        } else {
            recorded = true;
            hash = noted;
            advance(count);
        }
    }

    /// The record of removals.
    RetentionChain chain() {
        return chain;
    }

    private void advance(long count) {
        next += count;
        progress.checked(next - 1, end);
    }

    Verification verification() {
        return new Verification(
                next - 1,
                unrecorded,
                removed,
                next - 1,
                HexFormat.of().formatHex(hash),
                chain.rows(),
                chain.hash(),
                fault);
    }
}
