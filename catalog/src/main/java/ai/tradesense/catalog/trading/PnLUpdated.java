package ai.tradesense.catalog.trading;

import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.rules.Currency;
import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.NotNegative;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// An account was valued at the price of the moment. Its subject is the account.
///
/// @param accountId the account
/// @param challengeId the challenge that it trades for; null if for none
/// @param phase how far that challenge has come; null if there is none
/// @param sequence the number of this valuation of the account, from 1 without gaps
/// @param kind on which occasion
/// @param currency the currency of all amounts, for example `USD`
/// @param balance the money on the account, without open positions
/// @param equity the balance with open positions at the price of the moment
/// @param realizedPnl what closed positions earned since the start of the day, commission taken off
/// @param unrealizedPnl what open positions would earn now
/// @param exposure the size of all open positions, in lots
/// @param asOf the moment
@EventName("Trading.PnL.Updated.v1")
@Description("An account was valued at the price of the moment.")
public record PnLUpdated(
        String accountId,
        @Nullable String challengeId,
        @Nullable ChallengePhase phase,
        @Positive long sequence,
        ValuationKind kind,
        @Currency String currency,
        BigDecimal balance,
        BigDecimal equity,
        BigDecimal realizedPnl,
        BigDecimal unrealizedPnl,
        @NotNegative BigDecimal exposure,
        Instant asOf)
        implements EventData {
    public PnLUpdated {
        Rules.text("accountId", accountId);
        if (challengeId != null) {
            Rules.text("challengeId", challengeId);
        }
        Rules.positive("sequence", sequence);
        Rules.required("kind", kind);
        Rules.currency("currency", currency);
        Rules.amount("balance", balance);
        Rules.amount("equity", equity);
        Rules.amount("realizedPnl", realizedPnl);
        Rules.amount("unrealizedPnl", unrealizedPnl);
        Rules.notNegative("exposure", exposure);
        Rules.required("asOf", asOf);
        Rules.together("challengeId", challengeId, "phase", phase);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
