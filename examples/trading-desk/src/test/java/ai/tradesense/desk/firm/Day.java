package ai.tradesense.desk.firm;

import ai.tradesense.catalog.challenge.ChallengePhase;
import ai.tradesense.catalog.trading.CloseReason;
import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.catalog.trading.PositionClosed;
import ai.tradesense.catalog.trading.PositionSide;
import ai.tradesense.catalog.trading.Side;
import ai.tradesense.catalog.trading.TradeExecuted;
import ai.tradesense.catalog.trading.ValuationKind;
import java.math.BigDecimal;
import java.time.Instant;

/// Makes the events of one account, each an hour after the one before.
final class Day {
    static final Member MEMBER = Member.of("test", 6);

    private static final Instant START = Instant.parse("2017-04-19T00:00:00Z");
    private static final BigDecimal PRICE = new BigDecimal("1.07190");

    private ChallengePhase phase = ChallengePhase.PHASE_1;
    private BigDecimal exposure = BigDecimal.ZERO;
    private int hours;
    private int ids;
    private long sequence;

    void phase(ChallengePhase next) {
        phase = next;
    }

    void exposure(String lots) {
        exposure = new BigDecimal(lots);
    }

    PnLUpdated value(ValuationKind kind, String equity) {
        sequence++;
        return new PnLUpdated(
                MEMBER.accountId(),
                MEMBER.challengeId(),
                phase,
                sequence,
                kind,
                "USD",
                new BigDecimal(equity),
                new BigDecimal(equity),
                BigDecimal.ZERO,
                BigDecimal.ZERO,
                exposure,
                now());
    }

    TradeExecuted trade() {
        return new TradeExecuted(
                MEMBER.accountId(),
                id(),
                id(),
                "EURUSD",
                Side.BUY,
                BigDecimal.ONE,
                PRICE,
                BigDecimal.ZERO,
                BigDecimal.ZERO,
                now());
    }

    PositionClosed closed(String profit) {
        Instant now = now();
        return new PositionClosed(
                MEMBER.accountId(),
                id(),
                "EURUSD",
                PositionSide.LONG,
                BigDecimal.ONE,
                PRICE,
                PRICE,
                new BigDecimal(profit),
                CloseReason.TRADER,
                now,
                now);
    }

    private Instant now() {
        hours++;
        return START.plusSeconds(3_600L * hours);
    }

    private String id() {
        ids++;
        return "I" + ids;
    }
}
