package ai.tradesense.control;

import java.time.Instant;

/// An order that stands.
///
/// @param revision greater than that of every order given before, of whatever worker
/// @param worker whose it is
/// @param order what is ordered
/// @param by who gave it
/// @param at when
public record StandingOrder(long revision, String worker, Order order, String by, Instant at) {}
