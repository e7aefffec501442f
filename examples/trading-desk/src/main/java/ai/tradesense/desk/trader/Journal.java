package ai.tradesense.desk.trader;

import ai.tradesense.events.EventData;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What happened on one account, in order, and what followed from what.
public final class Journal {
    /// One thing that happened.
    ///
    /// @param cause the place in the journal of what it followed from; -1 if of nothing in it
    public record Entry(Instant time, EventData data, int cause) {}

    private final List<Entry> entries = new ArrayList<>();

    /// Something that came from outside.
    void add(Instant time, EventData data) {
        entries.add(new Entry(time, data, -1));
    }

    /// Something that followed from what was written last.
    void then(Instant time, EventData data) {
        entries.add(new Entry(time, data, entries.size() - 1));
    }

    /// What was written last; null if nothing was.
    @Nullable
    EventData last() {
        return entries.isEmpty() ? null : entries.getLast().data();
    }

    public List<Entry> entries() {
        return List.copyOf(entries);
    }
}
