package ai.tradesense.jdbc;

import ai.tradesense.retention.LegalHold.Scope;
import ai.tradesense.retention.ReaderPosition;
import ai.tradesense.retention.RetentionRecord.Kind;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// A row of the record of removals and legal holds. Its hash is SHA-256 over the hash of the row before and
/// everything that it says: numbers as int64, texts and bytes behind their length as int32, -1 where there is none.
///
/// @param batches of a removal: each batch of the log that it took events out of, by its first position as int64,
/// and
///     the hash of what is left of it, see [Residue]
@SuppressWarnings("ArrayRecordComponent") // bytes of the database, never compared
record RetentionRow(
        long number,
        Kind kind,
        String at,
        String actor,
        String reason,
        @Nullable Long hold,
        @Nullable String domain,
        @Nullable String subject,
        @Nullable String from,
        @Nullable String to,
        long firstPosition,
        long lastPosition,
        long events,
        String byDomain,
        byte[] batches,
        byte[] hash) {
    /// What a batch was left as.
    @SuppressWarnings("ArrayRecordComponent") // never compared
    record Left(long firstPosition, byte[] residue) {}

    private static final byte[] NONE = {};

    static RetentionRow placed(Scope scope, String reason, String actor, Instant at) {
        return new RetentionRow(
                0,
                Kind.HOLD_PLACED,
                at.toString(),
                actor,
                reason,
                null,
                scope.domain(),
                scope.subject(),
                scope.from() == null ? null : scope.from().toString(),
                scope.to() == null ? null : scope.to().toString(),
                0,
                0,
                0,
                "",
                NONE,
                NONE);
    }

    static RetentionRow lifted(long hold, String reason, String actor, Instant at) {
        return new RetentionRow(
                0,
                Kind.HOLD_LIFTED,
                at.toString(),
                actor,
                reason,
                hold,
                null,
                null,
                null,
                null,
                0,
                0,
                0,
                "",
                NONE,
                NONE);
    }

    static RetentionRow forgotten(ReaderPosition reader, String actor, Instant at) {
        String which = reader.kind().name().toLowerCase(Locale.ROOT) + " " + reader.name() + " at position "
                + reader.position();
        return new RetentionRow(
                0,
                Kind.READER_FORGOTTEN,
                at.toString(),
                actor,
                which,
                null,
                null,
                null,
                null,
                null,
                0,
                0,
                0,
                "",
                NONE,
                NONE);
    }

    /// @param reason the policy
    static RetentionRow removed(
            String reason,
            String actor,
            Instant at,
            long firstPosition,
            long lastPosition,
            Map<String, Long> byDomain,
            List<Left> left) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            for (Left each : left) {
                out.writeLong(each.firstPosition);
                out.write(each.residue);
            }
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        }
        return new RetentionRow(
                0,
                Kind.REMOVED,
                at.toString(),
                actor,
                reason,
                null,
                null,
                null,
                null,
                null,
                firstPosition,
                lastPosition,
                byDomain.values().stream().mapToLong(Long::longValue).sum(),
                new TreeMap<>(byDomain)
                        .entrySet().stream()
                                .map(each -> each.getKey() + "=" + each.getValue())
                                .collect(Collectors.joining(" ")),
                bytes.toByteArray(),
                NONE);
    }

    /// The same row with its place in the chain.
    RetentionRow behind(@Nullable RetentionRow before) {
        long place = before == null ? 1 : before.number + 1;
        byte[] chained = hashAt(place, before == null ? BatchHash.NOTHING : before.hash);
        return new RetentionRow(
                place,
                kind,
                at,
                actor,
                reason,
                hold,
                domain,
                subject,
                from,
                to,
                firstPosition,
                lastPosition,
                events,
                byDomain,
                batches,
                chained);
    }

    /// Whether this is the row that was written behind another.
    boolean isBehind(long numberBefore, byte[] hashBefore) {
        return number == numberBefore + 1 && Arrays.equals(hash, hashAt(number, hashBefore));
    }

    private byte[] hashAt(long place, byte[] before) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.write(before);
            out.writeLong(place);
            for (String text : Arrays.asList(kind.name(), at, actor, reason, domain, subject, from, to, byDomain)) {
                write(out, text == null ? null : text.getBytes(StandardCharsets.UTF_8));
            }
            out.writeLong(hold == null ? 0 : hold);
            out.writeLong(firstPosition);
            out.writeLong(lastPosition);
            out.writeLong(events);
            write(out, batches);
            return MessageDigest.getInstance("SHA-256").digest(bytes.toByteArray());
        } catch (IOException impossible) {
            throw new UncheckedIOException(impossible);
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException("every Java platform has SHA-256", impossible);
        }
    }

    private static void write(DataOutputStream out, byte @Nullable [] bytes) throws IOException {
        out.writeInt(bytes == null ? -1 : bytes.length);
        if (bytes != null) {
            out.write(bytes);
        }
    }
}
