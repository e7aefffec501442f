package ai.tradesense.server.api;

import ai.tradesense.retention.LegalHold;
import ai.tradesense.retention.LegalHold.Lifting;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionPolicy;
import ai.tradesense.retention.RetentionRecord;
import ai.tradesense.retention.RetentionReport;
import ai.tradesense.retention.RetentionStatus;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// How retention and legal holds look over HTTP.
final class RetentionViews {
    private RetentionViews() {}

    /// For how long events are kept; an age that is null means for ever.
    record Policy(
            Map<String, @Nullable String> domains,
            @JsonProperty("default") @Nullable String otherwise) {
        static Policy of(RetentionPolicy policy) {
            Map<String, @Nullable String> domains = new TreeMap<>();
            policy.ages().forEach((domain, age) -> domains.put(domain, age.toString()));
            new TreeSet<>(policy.forever()).forEach(domain -> domains.put(domain, null));
            Duration otherwise = policy.otherwise();
            return new Policy(domains, otherwise == null ? null : otherwise.toString());
        }
    }

    /// Somebody who reads.
    record Reader(String kind, String name, long position) {
        static Reader of(ReaderPosition reader) {
            return new Reader(word(reader.kind()), reader.name(), reader.position());
        }

        static List<Reader> of(List<ReaderPosition> readers) {
            return readers.stream().map(Reader::of).toList();
        }
    }

    private static String word(Enum<?> value) {
        return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /// One pass over the log.
    record Run(
            String orderedBy,
            Instant startedAt,
            @Nullable Instant endedAt,
            long events,
            List<Reader> heldBackBy,
            String problem) {
        static @Nullable Run of(RetentionStatus.@Nullable Run run) {
            return run == null
                    ? null
                    : new Run(
                            run.actor(),
                            run.startedAt(),
                            run.endedAt(),
                            run.events(),
                            Reader.of(run.heldBackBy()),
                            run.problem());
        }
    }

    /// What was done.
    record Entry(
            long number,
            String kind,
            Instant at,
            String by,
            String reason,
            long firstPosition,
            long lastPosition,
            long events,
            Map<String, Long> byDomain,
            @Nullable Long hold,
            String hash) {
        static Entry of(RetentionRecord record) {
            return new Entry(
                    record.number(),
                    word(record.kind()),
                    record.at(),
                    record.actor(),
                    record.reason(),
                    record.firstPosition(),
                    record.lastPosition(),
                    record.events(),
                    record.byDomain(),
                    record.hold(),
                    record.hash());
        }
    }

    /// How retention is doing.
    record Status(
            Policy policy,
            long removed,
            @Nullable Run running,
            @Nullable Run last,
            @Nullable Instant nextAt,
            List<Reader> readers,
            List<Entry> records) {
        static Status of(RetentionStatus status, List<RetentionRecord> records) {
            return new Status(
                    Policy.of(status.policy()),
                    status.removed(),
                    Run.of(status.running()),
                    Run.of(status.last()),
                    status.nextAt(),
                    Reader.of(status.readers()),
                    records.stream().map(Entry::of).toList());
        }
    }

    /// What one reader keeps.
    record Blocked(Reader reader, long events) {}

    /// What would be removed now.
    record Report(
            Instant at,
            long events,
            List<RetentionReport.DomainShare> removable,
            List<RetentionReport.HeldShare> held,
            long needed,
            List<Blocked> blocked) {
        static Report of(RetentionReport report) {
            return new Report(
                    report.at(),
                    report.events(),
                    report.removable(),
                    report.held(),
                    report.needed(),
                    report.blocked().stream()
                            .map(share -> new Blocked(Reader.of(share.reader()), share.events()))
                            .toList());
        }
    }

    /// A legal hold.
    record Hold(
            long id,
            @Nullable String domain,
            @Nullable String subject,
            @Nullable Instant from,
            @Nullable Instant to,
            String reason,
            String placedBy,
            Instant placedAt,
            @Nullable Lifting lifted) {
        static Hold of(LegalHold hold) {
            return new Hold(
                    hold.number(),
                    hold.scope().domain(),
                    hold.scope().subject(),
                    hold.scope().from(),
                    hold.scope().to(),
                    hold.reason(),
                    hold.placedBy(),
                    hold.placedAt(),
                    hold.lifted());
        }
    }
}
