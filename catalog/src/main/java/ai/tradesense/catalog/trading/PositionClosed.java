package ai.tradesense.catalog.trading;

import ai.tradesense.catalog.rules.Description;
import ai.tradesense.catalog.rules.Positive;
import ai.tradesense.catalog.rules.Rules;
import ai.tradesense.events.EventData;
import ai.tradesense.events.EventName;
import java.math.BigDecimal;
import java.time.Instant;

/// A position was closed and its profit or loss is final. Its subject is the account.
///
/// @param accountId the account
/// @param positionId the position
/// @param instrument what is traded, for example `EURUSD`
/// @param side long or short
/// @param quantity the size that was closed, in lots
/// @param entryPrice the mean price it was entered at
/// @param exitPrice the price it was closed at
/// @param realizedPnl the profit, or negative the loss, before commission
/// @param reason why it was closed
/// @param openedAt when it was opened
/// @param closedAt when it was closed
@EventName("Trading.Position.Closed.v1")
@Description("A position was closed and its profit or loss is final.")
public record PositionClosed(
        String accountId,
        String positionId,
        String instrument,
        PositionSide side,
        @Positive BigDecimal quantity,
        @Positive BigDecimal entryPrice,
        @Positive BigDecimal exitPrice,
        BigDecimal realizedPnl,
        CloseReason reason,
        Instant openedAt,
        Instant closedAt)
        implements EventData {
    public PositionClosed {
        Rules.text("accountId", accountId);
        Rules.text("positionId", positionId);
        Rules.text("instrument", instrument);
        Rules.required("side", side);
        Rules.positive("quantity", quantity);
        Rules.positive("entryPrice", entryPrice);
        Rules.positive("exitPrice", exitPrice);
        Rules.amount("realizedPnl", realizedPnl);
        Rules.required("reason", reason);
        Rules.required("openedAt", openedAt);
        Rules.required("closedAt", closedAt);
        Rules.notBefore("closedAt", closedAt, "openedAt", openedAt);
    }

    @Override
    public String subject() {
        return accountId;
    }
}
