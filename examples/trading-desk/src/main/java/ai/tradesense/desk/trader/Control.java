package ai.tradesense.desk.trader;

import ai.tradesense.catalog.challenge.ChallengePhase;

/// What others decided about an account.
///
/// @param halted whether it may open nothing, and has to close what is open
/// @param phase how far its challenge has come
/// @param failed whether its challenge is over
public record Control(boolean halted, ChallengePhase phase, boolean failed) {
    public static final Control START = new Control(false, ChallengePhase.PHASE_1, false);
}
