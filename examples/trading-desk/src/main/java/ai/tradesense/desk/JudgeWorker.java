package ai.tradesense.desk;

import ai.tradesense.catalog.trading.PnLUpdated;
import ai.tradesense.catalog.trading.PositionClosed;
import ai.tradesense.catalog.trading.TradeExecuted;
import ai.tradesense.desk.firm.ChallengeJudge;
import ai.tradesense.desk.firm.Member;
import ai.tradesense.events.DomainEvent;
import ai.tradesense.events.EventData;
import java.util.List;

/// Judges every challenge by its rules.
final class JudgeWorker extends LearningWorker<ChallengeJudge> {
    JudgeWorker(Surroundings surroundings) {
        super(
                "desk-judge",
                surroundings,
                "Trading.PnL.Updated.v1",
                "Trading.Trade.Executed.v1",
                "Trading.Position.Closed.v1");
    }

    @Override
    ChallengeJudge nothingKnown(Member member) {
        return new ChallengeJudge(member);
    }

    @Override
    List<EventData> learn(ChallengeJudge judge, DomainEvent event) {
        return switch (data(event)) {
            case TradeExecuted trade -> {
                judge.watch(trade);
                yield List.of();
            }
            case PositionClosed position -> {
                judge.watch(position);
                yield List.of();
            }
            case PnLUpdated valuation -> judge.answer(valuation);
            default -> throw new IllegalArgumentException("the judge has no use for " + event.type());
        };
    }
}
