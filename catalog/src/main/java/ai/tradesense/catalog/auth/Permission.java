package ai.tradesense.catalog.auth;

/// What a user may do with an account.
public enum Permission {
    /// Trade it for a challenge.
    TRADE_CHALLENGE,
    /// Trade it with the firm's money.
    TRADE_FUNDED
}
