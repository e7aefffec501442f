package ai.tradesense.worker;

import ai.tradesense.control.InstanceReport;

/// An instance of this platform or of another that shares its orders.
///
/// @param report what it said of itself last
/// @param alive whether that was lately
public record InstanceStatus(InstanceReport report, boolean alive) {}
