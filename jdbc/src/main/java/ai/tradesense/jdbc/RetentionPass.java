package ai.tradesense.jdbc;

import ai.tradesense.events.OrderKey;
import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionPolicy.Cutoffs;
import ai.tradesense.store.StoreException;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/// One pass over the log, in the order of positions, that says of each event whether it goes. Changes nothing.
///
/// From the first event of a domain that is too young on, everything of that domain is: so a clock that was set
/// back does not tear holes into streams.
final class RetentionPass {
    /// What becomes of an event, and why.
    enum Verdict {
        /// Nothing says that it should go.
        KEPT,
        TOO_YOUNG,
        HELD,
        /// A snapshot of its stream is older, and a state is made of both.
        NEEDED,
        BLOCKED,
        REMOVABLE
    }

    /// Finds behind which position the events of a stream are needed.
    @FunctionalInterface
    interface Snapshots {
        /// The position of the last event that every snapshot of a stream holds; [Long#MAX_VALUE] if there is none.
        long through(OrderKey stream) throws SQLException;
    }

    private final Cutoffs cutoffs;
    private final Map<String, Optional<Instant>> byDomain = new HashMap<>();
    private final Set<String> closed = new HashSet<>();
    private final List<LegalHold> holds;
    private final boolean needsTimes;
    private final Map<OrderKey, Long> neededBehind = new HashMap<>();
    private Snapshots snapshots = _ -> Long.MAX_VALUE;
    private List<ReaderPosition> readers = List.of();
    private long barrier = Long.MAX_VALUE;
    private long undecided = Long.MAX_VALUE;

    RetentionPass(Cutoffs cutoffs, List<LegalHold> holds) {
        this.cutoffs = cutoffs;
        this.holds = holds.stream().filter(LegalHold::isActive).toList();
        this.needsTimes = this.holds.stream().anyMatch(hold -> hold.scope().hasTimes());
    }

    Cutoffs cutoffs() {
        return cutoffs;
    }

    List<LegalHold> holds() {
        return holds;
    }

    /// Whether the time of an event matters.
    boolean needsTimes() {
        return needsTimes;
    }

    /// What snapshots there are now. They only become newer.
    void snapshots(Snapshots now) {
        snapshots = now;
        neededBehind.clear();
    }

    private boolean isNeeded(long position, OrderKey stream) {
        return position > neededBehind.computeIfAbsent(stream, this::through);
    }

    private long through(OrderKey stream) {
        try {
            return snapshots.through(stream);
        } catch (SQLException failure) {
            throw new StoreException("it is not known what snapshots need: " + failure.getMessage(), failure);
        }
    }

    /// Who reads, and how far that is. Positions only grow.
    void readers(List<ReaderPosition> now) {
        readers = now;
        barrier = now.stream().mapToLong(ReaderPosition::position).min().orElse(Long.MAX_VALUE);
    }

    List<ReaderPosition> readers() {
        return readers;
    }

    /// Those who have not passed a position.
    List<ReaderPosition> behind(long position) {
        return readers.stream().filter(reader -> reader.position() < position).toList();
    }

    /// Whether everything that was recorded then is too young.
    boolean isOver(Instant recordedAt) {
        return cutoffs.newest().map(newest -> !recordedAt.isBefore(newest)).orElse(true);
    }

    /// Whether events of a domain may go.
    boolean concerns(String domain) {
        return !closed.contains(domain) && cutoff(domain).isPresent();
    }

    private Optional<Instant> cutoff(String domain) {
        return byDomain.computeIfAbsent(domain, cutoffs::of);
    }

    Verdict judge(long position, Instant recordedAt, String domain, String subject, Supplier<Instant> time) {
        if (!concerns(domain)) {
            return Verdict.KEPT;
        }
        if (!recordedAt.isBefore(cutoff(domain).orElse(Instant.MIN))) {
            closed.add(domain);
            undecided(position);
            return Verdict.TOO_YOUNG;
        }
        if (!holding(domain, subject, time).isEmpty()) {
            return Verdict.HELD;
        }
        if (isNeeded(position, new OrderKey(domain, subject))) {
            return Verdict.NEEDED;
        }
        if (position > barrier) {
            undecided(position);
            return Verdict.BLOCKED;
        }
        return Verdict.REMOVABLE;
    }

    /// The holds that hold an event.
    List<LegalHold> holding(String domain, String subject, Supplier<Instant> time) {
        List<LegalHold> holding = new ArrayList<>();
        for (LegalHold hold : holds) {
            if (hold.scope().mayCover(domain, subject)
                    && (!hold.scope().hasTimes() || hold.scope().coversTime(time.get()))) {
                holding.add(hold);
            }
        }
        return holding;
    }

    /// From here on something may have to go later.
    void undecided(long position) {
        undecided = Math.min(undecided, position);
    }

    /// Before this a later pass finds nothing new, unless holds are lifted.
    ///
    /// @param end behind which nothing was looked at
    long floor(long end) {
        return Math.min(undecided, end);
    }
}
