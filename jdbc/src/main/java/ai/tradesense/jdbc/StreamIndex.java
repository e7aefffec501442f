package ai.tradesense.jdbc;

import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.OrderKey;
import ai.tradesense.store.StoreException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Where the events of each stream of the SQLite log stand. Safe for use by several threads.
///
/// The shape is that of a log-structured merge tree (O'Neil and others, 1996) of two levels: the newest stretch
/// of the log is a hash table in memory ([StreamPage]), older ones are sorted runs in the database
/// ([StreamRuns]), each written once, behind the back of those who publish. A B-tree over all events would cost
/// an append more than everything else together.
///
/// Whoever uses no streams pays nothing for it: the index is not kept until somebody asks for a stream, and is
/// then brought up to the end of the log from the log itself, beginning where the last run ends.
final class StreamIndex implements AutoCloseable {
    /// How many events a run covers.
    static final int RUN_EVENTS = 131_072;

    /// When so small a part of a run is left to catch up with, the writer waits for it.
    private static final int LAST_STRETCH = 16;

    /// How many chunks share a transaction, so that nobody waits long behind one.
    private static final int CHUNKS_AT_ONCE = 64;

    private static final Logger LOG = LoggerFactory.getLogger(StreamIndex.class);

    private final ReadConnections readers;
    private final LogTail tail;
    private final ChangeWriter writer;
    private final int runEvents;
    private final Object building = new Object();

    // Guarded by this.
    private final ArrayDeque<StreamPage> full = new ArrayDeque<>(); // on their way into the database, oldest first
    private StreamPage current = new StreamPage(1);
    private long sealed; // up to which position runs stand for the log
    private @Nullable ExecutorService sealer;

    private volatile boolean used;

    StreamIndex(ReadConnections readers, LogTail tail, ChangeWriter writer, int runEvents) {
        this.readers = readers;
        this.tail = tail;
        this.writer = writer;
        this.runEvents = runEvents;
    }

    /// Makes sure that the index is there and kept up to date from now on. The first time on a long log that no
    /// stream was ever asked of, this reads all of it. Not to be called by the writer's thread.
    void use() {
        if (used) {
            return;
        }
        synchronized (building) {
            if (!used) {
                readers.read(connection -> {
                    catchUp(connection);
                    return true;
                });
            }
        }
    }

    private void catchUp(Connection connection) throws SQLException {
        long covered = StreamRuns.lastPosition(connection);
        StreamPage page = new StreamPage(covered + 1);
        try (BlockReader blocks = new BlockReader(connection)) {
            while (tail.head() - page.lastPosition() > runEvents / LAST_STRETCH) {
                fill(page, blocks, Math.min(tail.head(), covered + runEvents));
                if (isFull(page)) {
                    write(page);
                    covered = page.lastPosition();
                    page = new StreamPage(covered + 1);
                }
            }
            synchronized (this) {
                fill(page, blocks, tail.head());
                current = page;
                sealed = covered;
                sealer = Executors.newSingleThreadExecutor(Thread.ofPlatform()
                        .name("tradesense-log-streams")
                        .daemon(true)
                        .factory());
                used = true;
            }
        }
    }

    private static void fill(StreamPage page, BlockReader blocks, long last) throws SQLException {
        BlockCursor cursor = new BlockCursor();
        long first = page.lastPosition() + 1;
        blocks.upwards(first, last, block -> {
            cursor.open(block);
            while (cursor.next()) {
                long position = cursor.position();
                if (position >= first && position <= last) {
                    add(page, position, cursor);
                }
            }
            return true;
        });
        page.coverTo(last);
    }

    private static void add(StreamPage page, long position, BlockCursor cursor) {
        try {
            page.add(position, cursor.record().orderKey());
        } catch (RuntimeException problem) {
            LOG.warn("the event at position {} cannot be read; it belongs to no stream", position, problem);
        }
    }

    private boolean isFull(StreamPage page) {
        return page.lastPosition() - page.firstPosition() + 1 >= runEvents;
    }

    /// Adds events that are durable and known to the tail. Called by the writer's thread.
    synchronized void add(Appended appended) {
        if (!used) {
            return;
        }
        long position = appended.firstPosition();
        for (DomainEvent event : appended.events()) {
            if (position > current.lastPosition()) {
                current.add(position, event.orderKey());
                if (isFull(current)) {
                    full.add(current);
                    current = new StreamPage(position + 1);
                    sealLater();
                }
            }
            position++;
        }
    }

    private void sealLater() {
        ExecutorService open = sealer;
        if (open != null && !open.isShutdown()) {
            open.execute(this::seal);
        }
    }

    /// Writes pages that are full. One that cannot be written stays in memory until the next one is full.
    private void seal() {
        StreamPage oldest = oldestFull();
        try {
            while (oldest != null) {
                write(oldest);
                synchronized (this) {
                    full.remove(oldest);
                    sealed = oldest.lastPosition();
                }
                oldest = oldestFull();
            }
        } catch (StoreException failure) {
            LOG.warn("the index of streams from {} on could not be written yet", oldest.firstPosition(), failure);
        }
    }

    private synchronized @Nullable StreamPage oldestFull() {
        return full.peekFirst();
    }

    private void write(StreamPage page) {
        long run = page.firstPosition();
        List<StreamChunk> chunks = StreamChunk.of(page);
        change(session -> StreamRuns.removeUnfinished(session.connection(), run));
        for (int from = 0; from < chunks.size(); from += CHUNKS_AT_ONCE) {
            List<StreamChunk> some = chunks.subList(from, Math.min(chunks.size(), from + CHUNKS_AT_ONCE));
            change(session -> StreamRuns.addChunks(session.connection(), run, some));
        }
        change(session -> StreamRuns.finish(session.connection(), run, page.lastPosition()));
    }

    @FunctionalInterface
    private interface Work {
        void apply(WriteSession session) throws SQLException;
    }

    private void change(Work work) {
        writer.execute(new Change() {
            @Override
            void apply(WriteSession session) throws SQLException {
                work.apply(session);
            }
        });
    }

    /// What of a stream is in memory, and up to where the database has to be asked.
    private record Recent(long sealed, List<long[]> positions) {}

    private synchronized Recent recent(OrderKey stream) {
        List<long[]> positions = new ArrayList<>();
        full.forEach(page -> positions.add(page.positions(stream)));
        positions.add(current.positions(stream));
        return new Recent(sealed, positions);
    }

    /// The positions of a stream's durable events, ascending.
    long[] positions(Connection connection, OrderKey stream) throws SQLException {
        Recent recent = recent(stream);
        long[] positions = StreamRuns.positions(connection, StreamChunk.name(stream), recent.sealed);
        for (long[] more : recent.positions) {
            positions = StreamRuns.concat(positions, more);
        }
        return positions;
    }

    /// How many events a stream has in the runs that there are; worked out by whoever appends, so that the
    /// writer need not.
    ///
    /// @param through the position up to which this is so
    record Sealed(long through, long count) {
        static final Sealed NOTHING = new Sealed(0, 0);
    }

    Sealed sealed(OrderKey stream) {
        long through;
        synchronized (this) {
            through = sealed;
        }
        byte[] name = StreamChunk.name(stream);
        return new Sealed(
                through, through == 0 ? 0 : readers.read(connection -> StreamRuns.count(connection, name, 0, through)));
    }

    /// How many durable events a stream has. Called by the writer's thread.
    long version(Connection connection, OrderKey stream, Sealed known) throws SQLException {
        long recent;
        long through;
        synchronized (this) {
            recent = current.count(stream);
            for (StreamPage page : full) {
                recent += page.count(stream);
            }
            through = sealed;
        }
        long since = through == known.through()
                ? 0
                : StreamRuns.count(connection, StreamChunk.name(stream), known.through(), through);
        return known.count() + since + recent;
    }

    /// Lets the run that is being written come to its end.
    @Override
    public void close() {
        ExecutorService open;
        synchronized (this) {
            open = sealer;
        }
        if (open != null) {
            open.shutdown();
            try {
                if (!open.awaitTermination(1, TimeUnit.MINUTES)) {
                    LOG.warn("the index of streams does not come to its end; it will be made again");
                }
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
