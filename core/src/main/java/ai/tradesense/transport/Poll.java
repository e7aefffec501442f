package ai.tradesense.transport;

import java.util.List;

/// What one poll found. Changes of assignment come first: `lost` partitions are to be forgotten and `assigned`
/// ones to be prepared before `deliveries` are looked at.
///
/// @param lost partitions that this instance no longer works on
/// @param assigned partitions that it works on from now on
/// @param deliveries events in the order in which they are to be processed per subject
public record Poll(List<Partition> lost, List<Partition> assigned, List<Delivery> deliveries) {
    /// Nothing new.
    public static final Poll EMPTY = new Poll(List.of(), List.of(), List.of());

    /// Deliveries and no change of assignment.
    public static Poll of(List<Delivery> deliveries) {
        return deliveries.isEmpty() ? EMPTY : new Poll(List.of(), List.of(), deliveries);
    }
}
