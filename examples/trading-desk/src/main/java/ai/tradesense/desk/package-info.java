/// A prop-trading desk on the platform: [ai.tradesense.desk.TradingDesk] runs it, [ai.tradesense.desk.Main] is the
/// place to start reading.
///
/// The desk is the command side. It goes bar by bar and publishes what happened to all accounts in one batch. Workers
/// answer: risk every valuation, the judge every day; a gate worker listens to both and opens when every account of
/// the batch has its answer. So the next bar sees the same decisions on every transport and at every speed, although
/// nothing in between waits for a clock.
@NullMarked
package ai.tradesense.desk;

import org.jspecify.annotations.NullMarked;
