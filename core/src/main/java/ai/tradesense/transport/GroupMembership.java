package ai.tradesense.transport;

import java.util.Set;

/// The wish of one instance to work for a consumer group.
///
/// @param group the group's name
/// @param domains the domains whose events it wants; empty means all
/// @param startFrom where a group begins that the transport does not know yet
/// @param maxInFlight how many events may be delivered and not yet settled; a transport may fetch ahead up to
///     this
public record GroupMembership(String group, Set<String> domains, StartFrom startFrom, int maxInFlight) {
    /// Where a new group begins.
    public enum StartFrom {
        /// With the oldest event that the transport still has.
        BEGINNING,
        /// With the first event sent after the group joined.
        END
    }
}
