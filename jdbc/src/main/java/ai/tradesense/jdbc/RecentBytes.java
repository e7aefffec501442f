package ai.tradesense.jdbc;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Gives the same bytes the same object again without parsing them: types and sources repeat from event to
/// event.
///
/// A table in which the hash gives the one place where an entry can be; what is newer takes the place of what
/// was there, so it never grows. Not for use by several threads at once.
final class RecentBytes<T> {
    private static final int PLACES = 1_024;

    @SuppressWarnings("ArrayRecordComponent") // compared by this class alone
    private record Entry<T>(byte[] bytes, T value) {}

    private final Function<String, T> parse;
    private final @Nullable Entry<T>[] table;

    @SuppressWarnings("unchecked") // there are no arrays of generic records
    RecentBytes(Function<String, T> parse) {
        this.parse = parse;
        this.table = (Entry<T>[]) new Entry<?>[PLACES];
    }

    T of(byte[] bytes, int start, int end) {
        int hash = end - start;
        for (int i = start; i < end; i++) {
            hash = hash * 31 + bytes[i];
        }
        int place = (hash * 0x9E3779B9) >>> 22;
        Entry<T> known = table[place];
        if (known != null && Arrays.equals(known.bytes, 0, known.bytes.length, bytes, start, end)) {
            return known.value;
        }
        T value = parse.apply(new String(bytes, start, end - start, StandardCharsets.UTF_8));
        table[place] = new Entry<>(Arrays.copyOfRange(bytes, start, end), value);
        return value;
    }
}
