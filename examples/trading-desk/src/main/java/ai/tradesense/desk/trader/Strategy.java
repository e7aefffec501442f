package ai.tradesense.desk.trader;

import org.jspecify.annotations.Nullable;

/// How a trader trades. Asked after every bar on which no order waits; what it answers depends on what it was
/// asked before and on its seed alone.
interface Strategy {
    /// A word for it, for example `trend`.
    String name();

    /// What to do.
    ///
    /// @param position what is open; null if nothing is
    Decision decide(Market market, @Nullable Position position);
}
