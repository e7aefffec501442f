package ai.tradesense.jdbc;

import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionReport;
import ai.tradesense.retention.RetentionReport.BlockedShare;
import ai.tradesense.retention.RetentionReport.DomainShare;
import ai.tradesense.retention.RetentionReport.HeldShare;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;

/// Counts for a [RetentionReport] what a pass says.
final class RetentionTally {
    private final RetentionPass pass;
    private final Map<String, DomainShare> removable = new TreeMap<>();
    private final Map<Long, Long> held = new TreeMap<>();
    private long needed;
    private final Map<ReaderPosition, Long> blocked = new TreeMap<>((one, other) -> one.position() != other.position()
            ? Long.compare(one.position(), other.position())
            : (one.kind() + one.name()).compareTo(other.kind() + other.name()));

    RetentionTally(RetentionPass pass) {
        this.pass = pass;
    }

    void count(long position, Instant recordedAt, String domain, String subject, Supplier<Instant> time) {
        switch (pass.judge(position, recordedAt, domain, subject, time)) {
            case KEPT, TOO_YOUNG -> {
                // Nobody asks for them.
            }
            case HELD -> {
                for (LegalHold hold : pass.holding(domain, subject, time)) {
                    held.merge(hold.number(), 1L, Long::sum);
                }
            }
            case NEEDED -> needed++;
            case BLOCKED -> pass.behind(position).forEach(reader -> blocked.merge(reader, 1L, Long::sum));
            case REMOVABLE ->
                removable.merge(domain, new DomainShare(domain, 1, recordedAt, recordedAt), RetentionTally::sum);
        }
    }

    private static DomainShare sum(DomainShare one, DomainShare other) {
        return new DomainShare(
                one.domain(),
                one.events() + other.events(),
                one.oldest().isBefore(other.oldest()) ? one.oldest() : other.oldest(),
                one.newest().isAfter(other.newest()) ? one.newest() : other.newest());
    }

    RetentionReport report() {
        return new RetentionReport(
                pass.cutoffs().now(),
                List.copyOf(removable.values()),
                held.entrySet().stream()
                        .map(each -> new HeldShare(each.getKey(), each.getValue()))
                        .toList(),
                needed,
                blocked.entrySet().stream()
                        .map(each -> new BlockedShare(each.getKey(), each.getValue()))
                        .toList());
    }
}
