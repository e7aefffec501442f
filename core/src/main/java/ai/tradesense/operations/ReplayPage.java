package ai.tradesense.operations;

import ai.tradesense.parking.ParkedEvent;
import java.util.List;

/// The next events of a replay.
///
/// @param after the position behind which they are
/// @param upTo the position up to and with which nothing else is selected
/// @param isLast whether nothing is selected behind it
/// @param events copies of them, to be parked in this order, see [ParkedEvent#replayedBy]
public record ReplayPage(long after, long upTo, boolean isLast, List<ParkedEvent> events) {}
