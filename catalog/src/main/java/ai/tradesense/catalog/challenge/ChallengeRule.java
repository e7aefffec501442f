package ai.tradesense.catalog.challenge;

/// The rules of a challenge.
public enum ChallengeRule {
    /// The profit to reach, in percent of the balance at the start of the phase.
    PROFIT_TARGET,
    /// The loss not to reach within a trading day, in percent.
    DAILY_LOSS,
    /// The loss not to reach within the phase, in percent.
    OVERALL_LOSS,
    /// The number of days with a trade to reach.
    MINIMUM_TRADING_DAYS
}
