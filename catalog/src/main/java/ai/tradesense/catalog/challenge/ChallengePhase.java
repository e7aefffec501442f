package ai.tradesense.catalog.challenge;

/// How far a challenge has come.
public enum ChallengePhase {
    /// The first test.
    PHASE_1,
    /// The second test, with a smaller target.
    PHASE_2,
    /// Both are passed: the trader trades with the firm's money.
    FUNDED
}
