package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.InvalidEventException;
import java.util.Arrays;
import java.util.NoSuchElementException;
import org.jspecify.annotations.Nullable;

/// Goes through the records of a block. One that cannot be read is passed over like any other, unless its
/// length is wrong: then nothing behind it can be told apart, and the rest of the block is one thing that
/// cannot be read. Not for use by several threads at once.
final class BlockCursor {
    private final RecordReader record = new RecordReader();
    private Block block = new Block(1, 0, new byte[0]);
    private long position;
    private int covered;
    private int start;
    private int end;
    private @Nullable RuntimeException problem;

    /// Stands before the first record.
    void open(Block next) {
        block = next;
        position = next.firstPosition() - 1;
        covered = 1;
        start = 0;
        end = -1;
        problem = null;
    }

    /// Moves to the next record; false if there is none.
    boolean next() {
        position += covered;
        if (position > block.lastPosition()) {
            return false;
        }
        byte[] bytes = block.bytes();
        covered = 1;
        problem = null;
        try {
            start = end < 0 ? block.start() : end;
            end = RecordReader.end(bytes, start, bytes.length);
        } catch (InvalidEventException broken) {
            problem = broken;
            covered = (int) (block.lastPosition() - position + 1);
            end = bytes.length;
            return true;
        }
        try {
            record.open(bytes, start, end);
        } catch (InvalidEventException broken) {
            problem = broken;
        }
        return true;
    }

    /// Stands right before a position, or before the record that stands for it because its length is wrong. No
    /// effect where this stands there already, or behind it.
    void skipTo(long wanted) {
        byte[] bytes = block.bytes();
        try {
            while (position + covered < wanted && position + covered <= block.lastPosition()) {
                int from = end < 0 ? block.start() : end;
                end = RecordReader.end(bytes, from, bytes.length);
                position += covered;
                covered = 1;
            }
        } catch (InvalidEventException _) {
            // Whoever goes on finds it, too.
        }
    }

    /// Moves to the record of a position.
    ///
    /// @throws NoSuchElementException if it is not in the block behind where this stands
    void moveTo(long wanted) {
        skipTo(wanted);
        do {
            if (!next()) {
                throw new NoSuchElementException("position " + wanted + " is not in the block at "
                        + block.firstPosition() + " of " + block.events() + " events");
            }
        } while (position < wanted);
    }

    long position() {
        return position;
    }

    /// How many positions the record stands for: 1, or all that are left where its length is wrong.
    int covered() {
        return covered;
    }

    Block block() {
        return block;
    }

    /// The record, to look at parts of it.
    ///
    /// @throws InvalidEventException if it cannot be read
    RecordReader record() {
        if (problem != null) {
            throw problem;
        }
        return record;
    }

    /// Whether the event was removed that stood here.
    boolean isRemoved() {
        return problem == null && record.isRemoved();
    }

    /// The whole event.
    ///
    /// @throws RuntimeException if it cannot be read
    DomainEvent event() {
        return record().event();
    }

    /// The bytes of the record.
    byte[] raw() {
        return Arrays.copyOfRange(block.bytes(), start, end);
    }
}
