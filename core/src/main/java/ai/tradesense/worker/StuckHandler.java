package ai.tradesense.worker;

import java.time.Instant;
import java.util.List;

/// A handler that has been running for long.
///
/// @param task what it processes
/// @param key the domain and subject that wait for it
/// @param since when it began
/// @param stack where its thread is, innermost first
public record StuckHandler(String task, String key, Instant since, List<StackTraceElement> stack) {}
